// Package num has the arithmetic of the GPU's number formats that Go does not
// have itself: half floats, bfloat16, and operations that round once. It knows
// no instruction.
package num

import "math"

// Widen is the value of a half float (IEEE 754 binary16).
func Widen(h uint16) float32 { return halves[h] }

var halves = func() (t [1 << 16]float32) {
	for i := range t {
		t[i] = widen(uint16(i))
	}
	return t
}()

func widen(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	e, m := uint32(h>>10&31), uint32(h&0x3ff)
	switch e {
	case 0:
		v := float32(m) * (1.0 / (1 << 24))
		return math.Float32frombits(sign | math.Float32bits(v))
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | m<<13)
	}
	return math.Float32frombits(sign | (e+112)<<23 | m<<13)
}

// Narrow rounds to a half float, to nearest, ties to even. What is beyond the
// range becomes an infinity; a NaN stays one and becomes quiet.
func Narrow(x float32) uint16 {
	b := math.Float32bits(x)
	sign, a := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case a >= 0x7f800000:
		if a > 0x7f800000 {
			return sign | 0x7e00 | uint16(a>>13&0x3ff)
		}
		return sign | 0x7c00
	case a >= 0x477ff000: // 65520: the first that rounds up to 2^16
		return sign | 0x7c00
	case a < 0x38800000: // below 2^-14: steps of 2^-24, by the addition's own rounding
		return sign | uint16(math.Float32bits(math.Float32frombits(a)+0.5)-0x3f000000)
	}
	a -= 112 << 23
	return sign | uint16((a+0xfff+a>>13&1)>>13)
}

// NarrowZero rounds to a half float towards zero.
func NarrowZero(x float32) uint16 {
	h := Narrow(x)
	if v := Widen(h); v == v && math.Abs(float64(v)) > math.Abs(float64(x)) {
		h-- // the next one towards zero, also from an infinity
	}
	return h
}

// NarrowExact rounds a float64 to a half float, once.
func NarrowExact(x float64) uint16 { return Narrow(toOdd32(x)) }

// WidenB is the value of a bfloat16.
func WidenB(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }

// NarrowB rounds to a bfloat16, to nearest, ties to even.
func NarrowB(x float32) uint16 {
	b := math.Float32bits(x)
	if b&0x7fffffff > 0x7f800000 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// FMA32 is x*y + z, rounded once. The product of two float32 is exact in
// float64; their sum is rounded twice only where it falls between two float32
// by halves, or below the normal ones.
func FMA32(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	b := math.Float64bits(s)
	if b&0x1fffffff == 0x10000000 || b&0x7ff0000000000000 < 897<<52 {
		s = odd(p, c, s)
	}
	return float32(s)
}

// FMA16 is x*y + z, rounded once to a half float.
func FMA16(x, y, z float32) uint16 {
	p, c := float64(x)*float64(y), float64(z)
	return NarrowExact(odd(p, c, p+c))
}

// odd is p + c rounded to odd, given that s is the sum rounded to nearest: any
// narrower format of at most 51 bits rounds it as it would the exact sum
// (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums").
func odd(p, c, s float64) float64 {
	if math.IsInf(s, 0) || s != s {
		return s
	}
	t := s - p
	e := (p - (s - t)) + (c - t) // the error of s, exactly (Knuth)
	if e == 0 {
		return s
	}
	b := math.Float64bits(s)
	if b&1 == 0 {
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
	}
	return math.Float64frombits(b)
}

// toOdd32 rounds a float64 to odd.
func toOdd32(x float64) float32 {
	y := float32(x)
	if v := float64(y); v == x || v != v {
		return y
	}
	b := math.Float32bits(y)
	if b&1 != 0 && b&0x7fffffff != 0x7f800000 {
		return y
	}
	if math.Abs(float64(y)) > math.Abs(x) {
		b--
	} else {
		b++
	}
	return math.Float32frombits(b)
}

// NarrowBExact rounds a float64 to a bfloat16, once.
func NarrowBExact(x float64) uint16 { return NarrowB(toOdd32(x)) }
