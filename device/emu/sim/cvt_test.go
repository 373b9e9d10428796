package sim

import (
	"fmt"
	"math"
	"testing"

	"github.com/rocmforge/rocmforge/mxfp"
)

// TestDecodeSmall goes through all codes of all small types.
func TestDecodeSmall(t *testing.T) {
	for name, e := range smallNames {
		if e.Bits() == 6 {
			continue
		}
		for part := range 32 / (2 * e.Bits()) {
			sel := fmt.Sprintf("[%d,0,0]", part)
			if e.Bits() == 4 {
				sel = fmt.Sprintf("[%d,%d,0]", part>>1, part&1)
			}
			b := newBench(t, gfx950, fmt.Sprintf("v_cvt_scalef32_pk_f32_%s v[4:5], v0, v1 op_sel:%s\nv_cvt_scalef32_pk_f16_%s v6, v0, v1 op_sel:%s", name, sel, name, sel))
			for first := 0; first < 1<<e.Bits(); first += 64 {
				code := func(l, i int) byte { return byte((first + l + 7*i) % (1 << e.Bits())) }
				for l := range 64 {
					b.set(0, l, (uint32(code(l, 0))|uint32(code(l, 1))<<e.Bits())<<(part*2*e.Bits()))
					b.set(1, l, u32(1.75*0x1p-3)) // 2^-3: the mantissa does not count
				}
				b.pc = 0
				b.mustRun()
				for l := range 64 {
					for i := range 2 {
						want := e.Decode(code(l, i)) / 8
						if got := f32(b.lane(4+i, l)); got != want && (got == got || want == want) {
							t.Fatalf("%s, part %d: code %#x is %v, want %v", name, part, code(l, i), got, want)
						}
						if got := widened(b.lane(6, l) >> (16 * i)); got != float64(want) && want == want && math.Abs(float64(want)) < 65504 {
							t.Fatalf("%s, part %d: code %#x is half %v, want %v", name, part, code(l, i), got, want)
						}
					}
				}
			}
		}
	}
}

// widened is a half float's value.
func widened(h uint32) float64 {
	e, m := int(h>>10&31), float64(h&0x3ff)
	s := 1 - 2*float64(h>>15&1)
	if e == 0 {
		return s * math.Ldexp(m, -24)
	}
	return s * math.Ldexp(1024+m, e-25)
}

// TestEncodeSmall wants the nearest number, ties to the even code.
func TestEncodeSmall(t *testing.T) {
	for name, e := range smallNames {
		if e.Bits() == 6 {
			continue
		}
		sel := map[int]string{8: "[0,0,0,1]", 4: "[0,0,1,1]"}[e.Bits()]
		at := map[int]int{8: 16, 4: 24}[e.Bits()]
		b := newBench(t, gfx950, fmt.Sprintf("v_cvt_scalef32_pk_%s_f32 v4, v0, v1, v2 op_sel:%s", name, sel))
		for l := range 64 {
			b.set(0, l, u32(float32(l)*0.37-9))
			b.set(1, l, u32(float32(l)*0.031+0.01))
			b.set(2, l, u32(2))
			b.set(4, l, 0x01020304)
		}
		b.mustRun()
		for l := range 64 {
			got := b.lane(4, l)
			if got<<(32-at) != 0x01020304<<(32-at) {
				t.Fatalf("%s: other bits changed: %#x", name, got)
			}
			for i := range 2 {
				code := byte(got >> (at + i*e.Bits()) & (1<<e.Bits() - 1))
				if want := nearestCode(e, float64(f32(b.lane(i, l)))/2); e.Decode(code) != e.Decode(want) {
					t.Fatalf("%s: %v became %v, want %v", name, f32(b.lane(i, l))/2, e.Decode(code), e.Decode(want))
				}
			}
		}
	}
}

// nearestCode looks at all codes.
func nearestCode(e *mxfp.Element, x float64) (best byte) {
	distance := math.Inf(1)
	for c := range 1 << e.Bits() {
		v := float64(e.Decode(byte(c)))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if d := math.Abs(v - x); d < distance || d == distance && c%2 == 0 {
			best, distance = byte(c), d
		}
	}
	return best
}
