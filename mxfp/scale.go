package mxfp

import "math"

// A ScaleRule chooses a block's scale from the largest magnitude in it.
type ScaleRule int

const (
	// Floor is the rule of MX 1.0, section 6.3: the largest power of two that
	// is not above amax, divided by that of the element format's Max. Values
	// between Max and the next power of two saturate.
	Floor ScaleRule = iota

	// Even is what AMD Quark calls "even": amax is first rounded to as many
	// mantissa bits as elements have, half away from zero, so that blocks in
	// which amax would saturate most get the next power of two. Its largest scale
	// is that under which Max is finite in float32; its least scale
	// is 2^-126, which is also that of a block of zeros. (Quark itself codes
	// blocks that call for less as if they had 2^-127, so that they come back
	// twice as large; here codes always fit the scale.)
	Even
)

// Scale gives the scale of a block whose largest magnitude is amax >= 0. It is
// NaN if amax is NaN or Inf.
func (r ScaleRule) Scale(e *Element, amax float32) E8M0 {
	bits := math.Float32bits(amax)
	if bits >= math.Float32bits(float32(math.Inf(1))) {
		return NaN
	}
	least := 0
	if r == Even {
		least = 1
		bits += 1 << (22 - e.manBits)
	}
	exp := min(bits>>23, 254) // Even may have rounded up to 2^128, and Max would be infinite
	return E8M0(max(int(exp)-e.maxExp(), least))
}
