package mxfp

import "math"

// E8M0 is a scale (MX 1.0, section 5.4.1): an unsigned power of two, 2^(e-127),
// without a zero or an infinity.
type E8M0 uint8

// NaN is the scale that makes a whole block NaN.
const NaN E8M0 = 0xff

// Decode gives the scale's value, which is exact: 2^-127, a float32 subnormal,
// up to 2^127.
func (e E8M0) Decode() float32 {
	switch e {
	case 0:
		return 0x1p-127
	case NaN:
		return float32(math.NaN())
	}
	return math.Float32frombits(uint32(e) << 23)
}

// EncodeE8M0 rounds to the nearest power of two, ties to the even code. Zero
// and Inf saturate to 2^-127 and 2^127; NaN and negative numbers become NaN.
func EncodeE8M0(x float32) E8M0 {
	bits := math.Float32bits(x)
	switch {
	case x != x || x < 0:
		return NaN
	case x <= 0x1.8p-127: // 1.5 times the least scale is a tie
		return 0
	}
	bits += 1<<22 - 1 + bits>>23&1
	return E8M0(min(max(bits>>23, 1), 254))
}
