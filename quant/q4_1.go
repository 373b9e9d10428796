package quant

import "unsafe"

// Q4_1: 32 elements in 20 bytes. x = d q + m.
//
//	0   2   4                 20
//	| d | m | qs              |
//
// Byte j of qs holds element j in its low nibble and element j+16 in its
// high nibble.
type blockQ4_1 struct {
	d, m half
	qs   [16]byte
}

var _ [20]byte = [unsafe.Sizeof(blockQ4_1{})]byte{}

func decodeQ4_1(dst []float32, src []byte) {
	bs := blocks[blockQ4_1](src)
	for i := range bs {
		b, y := &bs[i], (*[32]float32)(dst[32*i:])
		d, m := b.d.float32(), b.m.float32()
		for j, q := range b.qs {
			y[j] = d*float32(q&15) + m
			y[j+16] = d*float32(q>>4) + m
		}
	}
}
