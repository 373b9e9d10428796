package mxfp

import (
	"math"
	"math/rand/v2"
	"testing"
)

var negativeZero = float32(math.Copysign(0, -1))

// TestScaleRules has, for 2^0, where each rule's scale goes up.
func TestScaleRules(t *testing.T) {
	up := map[*Element]float32{e2m1: 1.75, e2m3: 1.9375, e3m2: 1.875}
	emax := map[*Element]int{e2m1: 2, e2m3: 2, e3m2: 4}
	for _, e := range []*Element{e2m1, e2m3, e3m2} {
		low := E8M0(127 - emax[e])
		for _, c := range []struct {
			rule ScaleRule
			amax float32
			want E8M0
		}{
			{Floor, 1, low}, {Floor, math.Nextafter32(2, 0), low}, {Floor, 2, low + 1}, {Floor, math.Nextafter32(1, 0), low - 1},
			{Even, 1, low}, {Even, math.Nextafter32(up[e], 0), low}, {Even, up[e], low + 1}, {Even, 2, low + 1},
			{Floor, math.MaxFloat32, low + 127}, {Even, math.MaxFloat32, low + 127},
			{Floor, 0, 0}, {Floor, 0x1p-126, 0}, {Floor, math.SmallestNonzeroFloat32, 0},
			{Even, 0, 1}, {Even, 0x1p-126, 1}, {Even, math.SmallestNonzeroFloat32, 1},
			{Floor, float32(math.Inf(1)), NaN}, {Even, float32(math.NaN()), NaN},
		} {
			if got := c.rule.Scale(e, c.amax); got != c.want {
				t.Errorf("%s, rule %d, amax %v: scale %d, want %d", e.name, c.rule, c.amax, got, c.want)
			}
		}
	}
}

// TestQuantizeHalfStep: elements that do not saturate are at most half a step
// from where they were, at every size of block.
func TestQuantizeHalfStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, e := range elements {
		for _, rule := range []ScaleRule{Floor, Even} {
			for exp := -149; exp < 127; exp++ {
				var x, y [BlockSize]float32
				for i := range x {
					x[i] = float32(math.Ldexp(rng.Float64()*2-1, exp))
				}
				var b Block
				b.Quantize(e, rule, &x)
				b.Dequantize(e, &y)
				for i := range x {
					checkHalfStep(t, e, &b, x[i], y[i])
				}
			}
		}
	}
}

func checkHalfStep(t *testing.T, e *Element, b *Block, x, y float32) {
	t.Helper()
	scale := float64(b.Scale.Decode())
	scaled := math.Abs(float64(x)) / scale
	_, exp := math.Frexp(scaled) // scaled < 2^exp
	step := math.Ldexp(1, max(exp-1, e.minExp())-e.manBits)
	if diff := math.Abs(float64(y)-float64(x)) / scale; scaled <= float64(e.max) && diff > step/2 {
		t.Fatalf("%s: %v comes back as %v, scale %v: off by %v of a step", e.name, x, y, scale, diff/step)
	}
	if scaled > float64(e.max) && math.Abs(float64(y)) != float64(e.max)*scale {
		t.Fatalf("%s: %v comes back as %v and does not saturate", e.name, x, y)
	}
}

// TestQuantizeExact: a block that has the format's values already comes back
// unchanged, whatever its largest element, under both rules.
func TestQuantizeExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, e := range []*Element{e2m1, e2m3, e3m2} {
		for largest := 1; largest <= int(e.maxCode); largest++ {
			in := Block{Scale: E8M0(20 + rng.IntN(200))}
			for i := range in.Codes {
				in.Codes[i] = byte(rng.IntN(largest + 1))
				if in.Codes[i] != 0 && rng.IntN(2) == 0 {
					in.Codes[i] |= e.signBit()
				}
			}
			in.Codes[rng.IntN(BlockSize)] = byte(largest)
			for _, rule := range []ScaleRule{Floor, Even} {
				var x, y [BlockSize]float32
				var b Block
				in.Dequantize(e, &x)
				b.Quantize(e, rule, &x)
				if b.Dequantize(e, &y); x != y {
					t.Fatalf("%s, rule %d, largest code %#x: %v comes back as %v", e.name, rule, largest, x, y)
				}
			}
		}
	}
}

func TestQuantizeZeros(t *testing.T) {
	for rule, want := range map[ScaleRule]Block{Floor: {Scale: 0}, Even: {Scale: 1}} {
		var b Block
		x := [BlockSize]float32{1: negativeZero, 2: negativeZero}
		if b.Quantize(e2m1, rule, &x); b != want {
			t.Errorf("rule %d: zeros become %v, want %v", rule, b, want)
		}
	}
	var b Block
	b.Quantize(e2m1, Even, &[BlockSize]float32{1, -1e-9, negativeZero})
	if b.Codes[1] != 0 || b.Codes[2] != 0 {
		t.Errorf("zeros keep their sign: %v", b.Codes)
	}
}

func TestQuantizeNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		var b Block
		b.Codes[3] = 1
		b.Quantize(e2m1, Floor, &[BlockSize]float32{1, 2, float32(bad)})
		if want := (Block{Scale: NaN}); b != want {
			t.Errorf("a block with %v becomes %v, want %v", bad, b, want)
		}
	}
}

func TestDequantizeLimits(t *testing.T) {
	var y [BlockSize]float32
	b := Block{Scale: NaN}
	b.Dequantize(e2m1, &y)
	for _, v := range y {
		if v == v {
			t.Fatalf("a NaN scale gives %v", y)
		}
	}
	b = Block{Scale: 254, Codes: [BlockSize]byte{7, 15, 2}}
	b.Dequantize(e2m1, &y)
	if !math.IsInf(float64(y[0]), 1) || !math.IsInf(float64(y[1]), -1) || y[2] != 0x1p127 {
		t.Errorf("scale 2^127 gives %v", y[:3])
	}
	b = Block{Scale: 0, Codes: [BlockSize]byte{1, 7}}
	if b.Dequantize(e2m1, &y); y[0] != 0x1p-128 || y[1] != 0x1.8p-125 {
		t.Errorf("scale 2^-127 gives %v", y[:2])
	}
}
