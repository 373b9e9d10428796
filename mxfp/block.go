package mxfp

import "math"

// BlockSize is the number of elements that share a scale (k in the
// specification).
const BlockSize = 32

// A Block is 32 elements and their scale, each element's code in a byte of its
// own.
type Block struct {
	Scale E8M0
	Codes [BlockSize]byte
}

// Quantize sets the block to what comes nearest to x under the rule's scale.
// Zeros, and what rounds to zero, lose their sign. If x has a NaN or an Inf,
// the scale is NaN and the codes are zero.
func (b *Block) Quantize(e *Element, r ScaleRule, x *[BlockSize]float32) {
	b.Scale = r.Scale(e, maxMagnitude(x))
	if b.Scale == NaN {
		clear(b.Codes[:])
		return
	}
	inverse := (2*127 - b.Scale).Decode()
	for i, v := range x {
		code := e.Encode(v * inverse)
		if code == e.signBit() {
			code = 0
		}
		b.Codes[i] = code
	}
}

// maxMagnitude is the largest |x|, or a NaN if there is one.
func maxMagnitude(x *[BlockSize]float32) float32 {
	var most uint32 // float32 bits without a sign are ordered as the numbers, NaN above Inf
	for _, v := range x {
		most = max(most, math.Float32bits(v)&(1<<31-1))
	}
	return math.Float32frombits(most)
}

// Dequantize sets x to the block's values, which are exact but for those beyond
// float32's range, which become Inf. They are all NaN if the scale is.
func (b *Block) Dequantize(e *Element, x *[BlockSize]float32) {
	d := b.Scale.Decode()
	for i, code := range &b.Codes {
		x[i] = d * e.values[code]
	}
}
