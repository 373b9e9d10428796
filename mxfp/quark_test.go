package mxfp

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/internal/goldens"
)

// quarkVectors are rows of 32 floats, quantized and dequantized by AMD Quark
// 0.13 with the scale rule "even".
type quarkVectors struct {
	Input      [][BlockSize]uint32 `json:"input_f32_bits"`
	Packed     [][]int
	Scale      []int
	Dequantize [][BlockSize]uint32 `json:"dequant_f32_bits"`
}

// TestGoldenQuark compares with a selection of Quark's vectors, and with all of
// them where they are.
func TestGoldenQuark(t *testing.T) {
	t.Run("testdata", func(t *testing.T) { testQuark(t, filepath.Join("testdata", "quark.json")) })
	t.Run("full", func(t *testing.T) { testQuark(t, goldens.Shared(t, "models/quark/vectors.json")) })
}

func testQuark(t *testing.T, path string) {
	var v struct {
		FP4      quarkVectors
		FP6_E2M3 quarkVectors
		FP6_E3M2 quarkVectors
		FP8      []*float32 `json:"fp8_e4m3_values"`
	}
	goldens.JSON(t, path, &v)
	t.Run("fp4", func(t *testing.T) { v.FP4.test(t, e2m1) })
	t.Run("fp6_e2m3", func(t *testing.T) { v.FP6_E2M3.test(t, e2m3) })
	t.Run("fp6_e3m2", func(t *testing.T) { v.FP6_E3M2.test(t, e3m2) })
	t.Run("fp8_e4m3", func(t *testing.T) {
		if len(v.FP8) != 256 {
			t.Fatalf("%d values", len(v.FP8))
		}
		for code, want := range v.FP8 {
			got := e4m3.Decode(byte(code))
			if isNaN := got != got; isNaN != (want == nil) || want != nil && got != *want {
				t.Errorf("code %#x is %v", code, got)
			}
		}
	})
}

func (v *quarkVectors) test(t *testing.T, e *Element) {
	if len(v.Input) == 0 {
		t.Fatal("no vectors")
	}
	for i := range v.Input {
		var x, got [BlockSize]float32
		for j, bits := range v.Input[i] {
			x[j] = math.Float32frombits(bits)
		}
		want := v.block(i, e)
		var b Block
		b.Quantize(e, Even, &x)
		if diff := cmp.Diff(want, b); diff != "" && !quarkDoubles(e, &x) {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
		want.Dequantize(e, &got)
		for j, bits := range v.Dequantize[i] {
			if math.Float32bits(got[j]) != bits {
				t.Errorf("row %d, element %d is %v, want %v", i, j, got[j], math.Float32frombits(bits))
			}
		}
	}
}

// quarkDoubles tells whether x is so small that Quark codes it for a scale of
// 2^-127 but writes 2^-126 (see Even).
func quarkDoubles(e *Element, x *[BlockSize]float32) bool {
	amax := maxMagnitude(x)
	return amax > 0 && float64(amax) < math.Ldexp(1, e.maxExp()-126)
}

// block unpacks row i.
func (v *quarkVectors) block(i int, e *Element) Block {
	packed := make([]byte, len(v.Packed[i]))
	for j, q := range v.Packed[i] {
		packed[j] = byte(q)
	}
	b := Block{Scale: E8M0(v.Scale[i])}
	if e == e2m1 {
		UnpackPairs(&b.Codes, (*[16]byte)(packed))
	} else {
		Unpack6(&b.Codes, (*[24]byte)(packed))
	}
	return b
}
