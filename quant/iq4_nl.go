package quant

import "unsafe"

// IQ4_NL: 32 elements in 18 bytes. x = d v, with v one of 16 uneven values.
//
//	0   2                 18
//	| d | qs              |
//
// Byte j of qs holds element j in its low nibble and element j+16 in its
// high nibble.
type blockIQ4_NL struct {
	d  half
	qs [16]byte
}

var _ [18]byte = [unsafe.Sizeof(blockIQ4_NL{})]byte{}

// valuesIQ4_NL are what the codes of IQ4_NL and IQ4_XS stand for (figures
// from ggml's ggml-common.h).
var valuesIQ4_NL = [16]int8{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}

func decodeIQ4_NL(dst []float32, src []byte) {
	bs := blocks[blockIQ4_NL](src)
	for i := range bs {
		b, y := &bs[i], (*[32]float32)(dst[32*i:])
		d := b.d.float32()
		for j, q := range b.qs {
			y[j] = d * float32(valuesIQ4_NL[q&15])
			y[j+16] = d * float32(valuesIQ4_NL[q>>4])
		}
	}
}
