package quant

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestRange encodes blocks of every magnitude that float32 has, in three shapes,
// with every encoder: what comes back is finite and as near as the format comes
// for ordinary numbers, or the encoder says that it does not fit. What is below
// the least step that a format has may become zero.
func TestRange(t *testing.T) {
	shapes := map[string]func(i int) float32{
		"normal":   func(i int) float32 { return gaussianOnce[i] },
		"one":      func(i int) float32 { return map[bool]float32{true: 1}[i == 5] },
		"negative": func(i int) float32 { return -abs(gaussianOnce[i]) },
	}
	for _, f := range encoders() {
		fits := 0
		for exp := -149; exp <= 127; exp++ {
			for name, shape := range shapes {
				x, most := make([]float32, 256), float32(0)
				for i := range x {
					x[i] = float32(math.Ldexp(float64(shape(i)), exp))
					if !finite(x[i]) {
						x[i] = math.MaxFloat32
					}
					most = max(most, abs(x[i]))
				}
				if checkRange(t, &f, fmt.Sprint(name, " 2^", exp), x, most) {
					fits++
				}
			}
		}
		if fits < 200 {
			t.Errorf("%s takes %d of %d magnitudes only", f.Name, fits, 3*277)
		}
	}
}

// gaussianOnce is 256 normal numbers of at most 1.
var gaussianOnce = func() []float32 {
	x, most := gaussian(256, 1), float32(0)
	for _, v := range x {
		most = max(most, abs(v))
	}
	for i := range x {
		x[i] /= most
	}
	return x
}()

// leastStep is the distance of a format's values nearest to zero, times the
// largest code that a scale of nothing can make wrong.
var leastStep = map[Type]float64{
	F32: 0, BF16: 0x1p-133, F16: 0x1p-24, FP8_E4M3: 0x1p-9, NVFP4: 6 * 0x1p-9,
	MXFP4: 0x1p-124, MXFP6_E2M3: 0x1p-126, MXFP6_E3M2: 0x1p-126,
}

// worstError bounds a single error by the largest magnitude of a block; ternary
// and binary formats have no better.
func worstError(f *Format) float64 {
	switch f.Type {
	case Q1_0, Q2_0, TQ1_0, TQ2_0, Q2_K:
		return 1
	case MXFP4, MXFP6_E2M3, MXFP6_E3M2, NVFP4: // saturating
		return 0.26
	}
	return 6 * rmse[f.Type]
}

func checkRange(t *testing.T, f *Format, what string, x []float32, most float32) (fits bool) {
	t.Helper()
	b, y := make([]byte, 256/f.BlockElems*f.BlockBytes), make([]float32, 256)
	if err := f.Encode(b, x); err != nil {
		var e *RangeError
		if !errors.As(err, &e) || e.Value != x[e.Index] || most < 400 {
			t.Errorf("%s of %s: %v", f.Name, what, err)
		}
		return false
	}
	f.Decode(y, b)
	least, ok := leastStep[f.Type]
	if !ok {
		least = 0x1p-24 * 64 * 32 // half the least half, and the codes and scales that multiply it
	}
	for i := range y {
		allowed := worstError(f)*float64(most) + least
		if d := math.Abs(float64(y[i]) - float64(x[i])); !(d <= allowed) || !finite(y[i]) {
			t.Errorf("%s of %s: %v became %v, with %v the largest", f.Name, what, x[i], y[i], most)
			return true
		}
	}
	return true
}

// TestRangeError has each kind at its edge, and the message.
func TestRangeError(t *testing.T) {
	for _, c := range []struct {
		typ        Type
		good, bad  float32
		holder     Type
		mustSay    string
		blockElems int
	}{
		{F16, 65519, 65520, BF16, "holds at most 65504", 1},
		{BF16, mostBF16, math.MaxFloat32, F32, "F32 can hold it", 1},
		{Q8_0, 127 * 65504, 127 * 65520, BF16, "float16 scale", 32},
		{Q4_0, 8 * 65504, 8 * 65520, BF16, "float16 scale", 32},
		{Q4_1, 15 * 65504, -65520, BF16, "float16 scale", 32},
		{NVFP4, 2688, 2700, BF16, "at most 2688", 64},
		{FP8_E4M3, 448, 464, BF16, "at most 448", 1},
		{Q6_K, 2e8, 3e8, BF16, "float16 scale", 256},
		{Q6_K, 2e8, 1e30, BF16, "float16 scale", 256},
		{MXFP4, math.MaxFloat32, float32(math.Inf(1)), F32, "finite numbers only", 32},
		{MXFP6_E3M2, math.MaxFloat32, float32(math.NaN()), F32, "finite numbers only", 32},
	} {
		f, _ := Lookup(c.typ)
		x, b := make([]float32, 2*c.blockElems), make([]byte, 2*f.BlockBytes)
		x[c.blockElems] = c.good
		if err := f.Encode(b, x); err != nil {
			t.Errorf("%s of %v: %v", f.Name, c.good, err)
		}
		x[c.blockElems] = c.bad
		var e *RangeError
		if err := f.Encode(b, x); !errors.As(err, &e) || e.Index != c.blockElems || e.Holder() != c.holder || !strings.Contains(err.Error(), c.mustSay) {
			t.Errorf("%s of %v: %v", f.Name, c.bad, err)
		}
	}
}

// TestLengths: what is no whole number of blocks is a mistake of the caller's.
func TestLengths(t *testing.T) {
	panics := func(f func()) (p any) {
		defer func() { p = recover() }()
		f()
		return nil
	}
	for _, f := range All() {
		b, x := make([]byte, 2*f.BlockBytes), make([]float32, f.BlockElems)
		if f.Decode != nil && panics(func() { f.Decode(x, b) }) == nil {
			t.Errorf("%s decodes two blocks into one", f.Name)
		}
		if f.Encode != nil && panics(func() { f.Encode(b, x) }) == nil {
			t.Errorf("%s encodes one block as two", f.Name)
		}
	}
}

func TestParseNames(t *testing.T) {
	if _, err := Parse("Q4_X"); err == nil || !strings.Contains(err.Error(), "IQ4_NL") {
		t.Error(err)
	}
}
