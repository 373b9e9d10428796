package quant

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// quantized is a case of the golden index: ggml's bytes for quant/input.f32.
type quantized struct {
	Type        Type
	Name        string
	Rows        int
	RowElements int `json:"row_elements"`
	Raw         string
}

// TestGoldenQuantize compares every byte with ggml's own quantization, on the
// rows in testdata and on the full set where there is one.
func TestGoldenQuantize(t *testing.T) {
	ran := false
	for _, d := range goldens.Dirs() {
		dir := filepath.Join(d, "quant-types")
		for _, index := range []string{"quantize.json", "index.json"} {
			path := filepath.Join(dir, index)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			ran = true
			t.Run(filepath.Base(filepath.Dir(d)), func(t *testing.T) { testQuantize(t, dir, path) })
			break
		}
	}
	if !ran {
		t.Skip("goldens quant-types are not there (set ROCMFORGE_GOLDENS or ROCMFORGE_SHARED)")
	}
}

func testQuantize(t *testing.T, dir, path string) {
	var index struct{ Quantize []quantized }
	goldens.JSON(t, path, &index)
	cases := make(map[Type]bool)
	for _, c := range index.Quantize {
		f, ok := Lookup(c.Type)
		if !ok {
			t.Errorf("type %d (%s) is not in the table", c.Type, c.Name)
			continue
		}
		cases[c.Type] = true
		if f.Encode != nil {
			t.Run(c.Name, func(t *testing.T) { testQuantizeCase(t, dir, f, c) })
		}
	}
	for _, f := range encoders() {
		if !cases[f.Type] && !ours(f.Type) && f.Type != F32 {
			t.Errorf("no case for %s", f.Name)
		}
	}
}

func testQuantizeCase(t *testing.T, dir string, f *Format, c quantized) {
	src := goldens.Floats(t, filepath.Join(dir, "quant", "input.f32"))
	want, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Raw)))
	if err != nil {
		t.Fatal(err)
	}
	size, ok := f.RowBytes(len(src))
	if !ok || size != len(want) || len(src) != c.Rows*c.RowElements {
		t.Fatalf("%d bytes for %d floats in %d rows of %d", len(want), len(src), c.Rows, c.RowElements)
	}
	got := make([]byte, size)
	f.Encode(got, src)
	for i := 0; i < size; i += f.BlockBytes {
		g, w := got[i:i+f.BlockBytes], want[i:i+f.BlockBytes]
		if !bytes.Equal(g, w) {
			at := i / f.BlockBytes * f.BlockElems
			t.Errorf("row %d, element %d:\n got % x\nwant % x", at/c.RowElements, at%c.RowElements, g, w)
		}
	}
}

// encoders are the formats that can be written.
func encoders() (fs []Format) {
	for _, f := range All() {
		if f.Encode != nil {
			fs = append(fs, f)
		}
	}
	return fs
}

// ours tells the project's own formats from ggml's.
func ours(t Type) bool { return t > 10000 }

// encode is Encode into memory of its own.
func encode(f *Format, x []float32) []byte {
	b := make([]byte, len(x)/f.BlockElems*f.BlockBytes)
	f.Encode(b, x)
	return b
}

// roundTrip is what is left of x in a format.
func roundTrip(f *Format, x []float32) []float32 {
	y := make([]float32, len(x))
	f.Decode(y, encode(f, x))
	return y
}

// gaussian gives the same n normal numbers each time.
func gaussian(n int, sigma float32) []float32 {
	r, x := rand.New(rand.NewPCG(1, 2)), make([]float32, n)
	for i := range x {
		x[i] = sigma * float32(r.NormFloat64())
	}
	return x
}

// rmse bounds the relative error that a format makes on normal numbers; all
// encoders are in it. What is measured lies at most 3 % below.
var rmse = map[Type]float64{
	F32: 0, F16: 0.000215, BF16: 0.0017, FP8_E4M3: 0.0335,
	Q8_0: 0.0055, Q5_0: 0.0435, Q5_1: 0.0385, Q4_0: 0.088, Q4_1: 0.08,
	Q6_K: 0.018, Q5_K: 0.037, Q4_K: 0.073, Q3_K: 0.155, Q2_K: 0.3,
	IQ4_NL: 0.0785, IQ4_XS: 0.079,
	MXFP6_E2M3: 0.0285, MXFP6_E3M2: 0.0555, MXFP4: 0.115, NVFP4: 0.106,
	Q2_0: 0.73, Q1_0: 0.61, TQ1_0: 0.82, TQ2_0: 0.82,
}

func TestRoundTripError(t *testing.T) {
	x := gaussian(64*256, 0.02)
	for _, f := range encoders() {
		t.Run(f.Name, func(t *testing.T) {
			var errs, squares float64
			for i, y := range roundTrip(&f, x) {
				errs += math.Pow(float64(y-x[i]), 2)
				squares += math.Pow(float64(x[i]), 2)
			}
			bound, ok := rmse[f.Type]
			if got := math.Sqrt(errs / squares); !ok || !(got <= bound) {
				t.Errorf("relative error %.5f, want at most %.5f", got, bound)
			}
		})
	}
}

// TestEncodeRepresentable encodes what the MX formats hold exactly. Scales are
// those that leave room for values at both ends of float32.
func TestEncodeRepresentable(t *testing.T) {
	for _, typ := range []Type{MXFP4, MXFP6_E2M3, MXFP6_E3M2} {
		f, _ := Lookup(typ)
		t.Run(f.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			raw := make([]byte, 2000*f.BlockBytes)
			for i := range raw {
				raw[i] = byte(r.Uint32())
			}
			for i := 0; i < len(raw); i += f.BlockBytes {
				raw[i] = byte(10 + r.IntN(235))
			}
			want := make([]float32, len(raw)/f.BlockBytes*f.BlockElems)
			f.Decode(want, raw)
			for i, got := range roundTrip(f, want) {
				if got != want[i] {
					t.Fatalf("element %d of block %d is %g, want %g", i%f.BlockElems, i/f.BlockElems, got, want[i])
				}
			}
		})
	}
}

// TestScaleMXFP4 checks the scales on both sides of powers of two, where
// ggml's float32 logarithm rounds up from 2^7 on, and at the wrapping end.
func TestScaleMXFP4(t *testing.T) {
	below := func(x float32) float32 { return math.Nextafter32(x, 0) }
	for _, c := range []struct {
		amax float32
		want byte
	}{
		{0, 0}, {1, 125}, {below(1), 124}, {2, 126}, {below(2), 125}, {4, 127}, {below(4), 126},
		{128, 132}, {256, 133}, {below(256), 133}, {0x1p-100, 25}, {below(0x1p-100), 25},
		{math.MaxFloat32, 253}, {0x1p-125, 0}, {0x1p-126, 255}, {math.SmallestNonzeroFloat32, 232},
	} {
		if got := scaleMXFP4(c.amax); got != c.want {
			t.Errorf("scale of %x is %d, want %d", c.amax, got, c.want)
		}
	}
}

// TestNearestIQ4_NL compares the table with the nearest of all values, around
// every half-way point.
func TestNearestIQ4_NL(t *testing.T) {
	for i := range 2 * 300 {
		mid := float32(i)/2 - 150
		for _, x := range []float32{math.Nextafter32(mid, -1000), mid, math.Nextafter32(mid, 1000), mid + 0.25} {
			best := 0
			for c, v := range valuesIQ4_NL {
				if math.Abs(float64(v)-float64(x)) <= math.Abs(float64(valuesIQ4_NL[best])-float64(x)) {
					best = c
				}
			}
			if got := nearestIQ4_NL(x); int(got) != best {
				t.Errorf("nearest to %v is %d, want %d", x, got, best)
			}
		}
	}
}

// TestEncodeAllocs holds encoders to memory on the stack.
func TestEncodeAllocs(t *testing.T) {
	x := gaussian(512, 1)
	for _, f := range encoders() {
		dst := encode(&f, x)
		if n := testing.AllocsPerRun(10, func() { f.Encode(dst, x) }); n != 0 {
			t.Errorf("%s makes %v allocations", f.Name, n)
		}
	}
}

// FuzzEncode encodes any floats, NaNs and infinities too: no encoder may panic,
// and each must write every byte of its blocks.
func FuzzEncode(f *testing.F) {
	inf := float32(math.Inf(1))
	for _, x := range []float32{0, 1, float32(math.NaN()), inf, -inf, math.MaxFloat32, 1e-45, 1e-30} {
		var raw []byte
		for _, v := range []float32{x, -x, 1, x} {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		x := repeatedFloats(raw, 256)
		for _, f := range encoders() {
			a := encode(&f, x)
			b := bytes.Repeat([]byte{0xff}, len(a))
			f.Encode(b, x)
			if !bytes.Equal(a, b) {
				t.Errorf("%s does not write all of its blocks", f.Name)
			}
			f.Decode(make([]float32, len(x)), a)
		}
	})
}

// repeatedFloats reads n floats from raw, over and over.
func repeatedFloats(raw []byte, n int) []float32 {
	x := make([]float32, n)
	if len(raw) < 4 {
		return x
	}
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*(i%(len(raw)/4)):]))
	}
	return x
}

func BenchmarkEncode(b *testing.B) {
	x := gaussian(64*256, 0.02)
	for _, f := range encoders() {
		b.Run(f.Name, func(b *testing.B) {
			dst := encode(&f, x)
			b.SetBytes(int64(4 * len(x)))
			for b.Loop() {
				f.Encode(dst, x)
			}
		})
	}
}
