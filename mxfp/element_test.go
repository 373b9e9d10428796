package mxfp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var elements = []*Element{e2m1, e2m3, e3m2, e4m3, e5m2}

// codes is the number of codes without a sign.
func (e *Element) codes() int { return int(e.signBit()) }

// TestDecodeSpec has the figures of MX 1.0, tables 2 to 5, and OFP8 1.0, table 2.
func TestDecodeSpec(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		e    *Element
		code byte
		want float32
	}{
		{e2m1, 0x1, 0.5}, {e2m1, 0x2, 1}, {e2m1, 0x7, 6}, {e2m1, 0xf, -6},
		{e2m3, 0x01, 0.125}, {e2m3, 0x07, 0.875}, {e2m3, 0x08, 1}, {e2m3, 0x1f, 7.5}, {e2m3, 0x3f, -7.5},
		{e3m2, 0x01, 0.0625}, {e3m2, 0x03, 0.1875}, {e3m2, 0x04, 0.25}, {e3m2, 0x1f, 28}, {e3m2, 0x3f, -28},
		{e4m3, 0x01, 0x1p-9}, {e4m3, 0x07, 0x1.cp-7}, {e4m3, 0x08, 0x1p-6}, {e4m3, 0x7e, 448}, {e4m3, 0x7f, nan}, {e4m3, 0xff, nan},
		{e5m2, 0x01, 0x1p-16}, {e5m2, 0x03, 0x1.8p-15}, {e5m2, 0x04, 0x1p-14}, {e5m2, 0x7b, 57344},
		{e5m2, 0x7c, inf}, {e5m2, 0xfc, -inf}, {e5m2, 0x7d, nan}, {e5m2, 0x7e, nan}, {e5m2, 0x7f, nan},
	} {
		if got := c.e.Decode(c.code); got != c.want && (got == got || c.want == c.want) {
			t.Errorf("%s code %#02x is %v, want %v", c.e.name, c.code, got, c.want)
		}
	}
	if got, want := e2m1.values[:8], []float32{0, 0.5, 1, 1.5, 2, 3, 4, 6}; !slices.Equal(got, want) {
		t.Errorf("E2M1 is %v, want %v", got, want)
	}
}

// TestDecodeSteps checks every finite code against a count of steps: a binade
// is 2^m steps, and the step doubles after each but the subnormals' one.
func TestDecodeSteps(t *testing.T) {
	leastStep := map[*Element]float64{e2m1: 0x1p-1, e2m3: 0x1p-3, e3m2: 0x1p-4, e4m3: 0x1p-9, e5m2: 0x1p-16}
	for _, e := range elements {
		value, step := 0.0, leastStep[e]
		for code := 0; code <= int(e.maxCode); code++ {
			if code > 1<<e.manBits && code%(1<<e.manBits) == 0 {
				step *= 2
			}
			if got := float64(e.Decode(byte(code))); got != value {
				t.Fatalf("%s code %#x is %v, want %v", e.name, code, got, value)
			}
			got := e.Decode(byte(code) | e.signBit())
			if float64(got) != -value || !math.Signbit(float64(got)) {
				t.Fatalf("%s code %#x with a sign is %v, want %v", e.name, code, got, -value)
			}
			value += step
		}
	}
}

// TestDecodeFormatWidth: what lies above the format's bits does not count.
func TestDecodeFormatWidth(t *testing.T) {
	for _, e := range []*Element{e2m1, e2m3, e3m2} {
		for code := range 256 {
			if got, want := e.Decode(byte(code)), e.Decode(byte(code)&(1<<e.Bits()-1)); got != want {
				t.Fatalf("%s code %#x is %v, want %v", e.name, code, got, want)
			}
		}
	}
}

func TestEncodeDecoded(t *testing.T) {
	for _, e := range elements {
		for code := range 2 * e.codes() {
			x := e.Decode(byte(code))
			if byte(code)&(e.signBit()-1) > e.maxCode {
				continue // Inf and NaN
			}
			if got := e.Encode(x); got != byte(code) {
				t.Errorf("%s: %v becomes %#x, want %#x", e.name, x, got, code)
			}
		}
	}
}

// TestEncodeHalfway checks the points between neighbours: a tie goes to the
// even code, and the floats next to it to the nearer one.
func TestEncodeHalfway(t *testing.T) {
	for _, e := range elements {
		for code := range e.maxCode {
			mid := (e.Decode(code) + e.Decode(code+1)) / 2
			for _, c := range []struct {
				x    float32
				want byte
			}{
				{math.Nextafter32(mid, 0), code},
				{mid, code + code&1},
				{math.Nextafter32(mid, 1e9), code + 1},
			} {
				if got := e.Encode(c.x); got != c.want {
					t.Fatalf("%s: %v becomes %#x, want %#x", e.name, c.x, got, c.want)
				}
				if got := e.Encode(-c.x); got != c.want|e.signBit() {
					t.Fatalf("%s: %v becomes %#x, want %#x", e.name, -c.x, got, c.want|e.signBit())
				}
			}
		}
	}
}

func TestEncodeSaturates(t *testing.T) {
	for _, e := range elements {
		for _, x := range []float32{e.max, math.Nextafter32(e.max, 1e9), 2 * e.max, math.MaxFloat32, float32(math.Inf(1))} {
			if got := e.Encode(x); got != e.maxCode {
				t.Errorf("%s: %v becomes %#x, want %#x", e.name, x, got, e.maxCode)
			}
			if got := e.Encode(-x); got != e.maxCode|e.signBit() {
				t.Errorf("%s: %v becomes %#x, want %#x", e.name, -x, got, e.maxCode|e.signBit())
			}
		}
	}
}

func TestEncodeNaN(t *testing.T) {
	want := map[*Element]byte{e2m1: 0x7, e2m3: 0x1f, e3m2: 0x1f, e4m3: 0x7f, e5m2: 0x7f}
	for _, e := range elements {
		for _, bits := range []uint32{0x7f800001, 0x7fc00000, 0xffc00000, 0xffffffff} {
			if got := e.Encode(math.Float32frombits(bits)); got != want[e] {
				t.Errorf("%s: NaN %#x becomes %#x, want %#x", e.name, bits, got, want[e])
			}
		}
	}
}

func TestEncodeTiny(t *testing.T) {
	for _, e := range elements {
		for _, x := range []float32{0, math.SmallestNonzeroFloat32, 0x1p-127, 0x1.fffffep-127, 0x1p-126, 0x1p-100} {
			if got := e.Encode(x); got != 0 {
				t.Errorf("%s: %v becomes %#x, want 0", e.name, x, got)
			}
			if got := e.Encode(-x); x != 0 && got != e.signBit() {
				t.Errorf("%s: %v becomes %#x, want %#x", e.name, -x, got, e.signBit())
			}
		}
	}
}

// TestEncodeNearest takes random floats of all sizes in range: no code is
// nearer than the one chosen, so the error is half a step at most.
func TestEncodeNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, e := range elements {
		for range 20000 {
			x := float32(math.Ldexp(rng.Float64(), rng.IntN(e.maxExp()-e.minExp()+e.manBits+4)+e.minExp()-e.manBits-2))
			x = min(x, e.max)
			got := math.Abs(float64(e.Decode(e.Encode(x))) - float64(x))
			for code := range e.maxCode + 1 {
				if d := math.Abs(float64(e.Decode(code)) - float64(x)); d < got {
					t.Fatalf("%s: %v becomes %#x, but %#x is nearer", e.name, x, e.Encode(x), code)
				}
			}
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, e := range elements {
		b.Run(e.name, func(b *testing.B) {
			var x float32
			for b.Loop() {
				e.Encode(x)
				x += 0.01
			}
		})
	}
}
