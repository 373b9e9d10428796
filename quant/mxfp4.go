package quant

import (
	"math"
	"unsafe"
)

// MXFP4: 32 elements in 17 bytes. x = 2^(e-127) E2M1(q).
//
//	0   1                 17
//	| e | qs              |
//
// Byte j of qs holds element j in its low nibble and element j+16 in its high
// nibble.
type blockMXFP4 struct {
	e  byte
	qs [16]byte
}

var _ [17]byte = [unsafe.Sizeof(blockMXFP4{})]byte{}

// e2m1Doubled is twice the value of each E2M1 code. ggml counts in these
// integers and halves the scale, and its minus zero is a plain zero.
var e2m1Doubled = [16]float32{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12}

func decodeMXFP4(dst []float32, src []byte) {
	bs := blocks[blockMXFP4](src)
	for i := range bs {
		b, y := &bs[i], (*[32]float32)(dst[32*i:])
		d := e8m0Half(b.e)
		for j, q := range b.qs {
			y[j] = d * e2m1Doubled[q&15]
			y[j+16] = d * e2m1Doubled[q>>4]
		}
	}
}

// e8m0Half is 2^(e-128), half of an E8M0 scale, which is denormal for e < 2.
// As in ggml there is no NaN: 255 is a scale of 2^128, so its half is 2^127.
func e8m0Half(e byte) float32 {
	if e < 2 {
		return math.Float32frombits(1 << 21 << e)
	}
	return math.Float32frombits(uint32(e-1) << 23)
}
