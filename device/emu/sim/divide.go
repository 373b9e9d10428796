package sim

import (
	"math"

	"github.com/rocmforge/rocmforge/device/emu/num"
)

// Division is a sequence of instructions of which these three know the special
// cases: scale the operands so that nothing in between is denormal, take the
// scale back, and correct what is no number.

func exponent(x uint32) int { return int(x >> 23 & 255) }

func isDenormal(x float64) bool { return x != 0 && math.Abs(x) < 0x1p-126 }

// divScale is V_DIV_SCALE_F32: x is the denominator or the numerator, of which
// it gives the scaled one and whether the result has to be scaled back.
func divScale(x, den, numer uint32) (uint32, bool) {
	n, d := float64(f32(numer)), float64(f32(den))
	up := func(x uint32) uint32 { return u32(ldexp32(f32(x), 64)) }
	switch {
	case n == 0 || d == 0:
		return 0x7fc00000, false
	case exponent(numer)-exponent(den) >= 96: // the quotient is near the largest number
		if x == den {
			return up(x), true
		}
		return x, true
	case isDenormal(d):
		return up(x), false
	case isDenormal(1/d) && isDenormal(n/d):
		if x == den {
			return up(x), true
		}
		return x, true
	case isDenormal(1 / d):
		return u32(ldexp32(f32(x), -64)), false
	case isDenormal(n / d):
		if x == numer {
			return up(x), true
		}
		return x, true
	case exponent(numer) <= 23:
		return up(x), false
	}
	return x, false
}

// divFmas is V_DIV_FMAS_F32: a fused multiply and add, then the scale of
// divScale taken back.
func divFmas(a, b, c uint32, scaled bool) uint32 {
	x := num.FMA32(f32(a), f32(b), f32(c))
	if scaled {
		n := int32(-64)
		if exponent(c) > 127 {
			n = 64
		}
		x = ldexp32(x, n)
	}
	return u32(x)
}

// divFixup is V_DIV_FIXUP_F32: the quotient q, or what numer/den is where that
// is no plain number.
func divFixup(q, den, numer uint32) uint32 {
	s := (den ^ numer) & sign
	zeroD, zeroN := den&^sign == 0, numer&^sign == 0
	infD, infN := den&^sign == 0x7f800000, numer&^sign == 0x7f800000
	switch {
	case isNaN(numer):
		return numer | quiet
	case isNaN(den):
		return den | quiet
	case zeroD && zeroN, infD && infN:
		return 0xffc00000
	case zeroD || infN:
		return s | 0x7f800000
	case infD || zeroN:
		return s
	case exponent(numer)-exponent(den) < -150:
		return s // rounds to 0
	case exponent(den) == 255:
		return s | 0x7f800000
	}
	return s | q&^sign
}
