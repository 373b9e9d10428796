package quant

import (
	"encoding/binary"
	"unsafe"
)

// Q5_1: 32 elements in 24 bytes. x = d q + m.
//
//	0   2   4    8                 24
//	| d | m | qh | qs              |
//
// Bits lie as in Q5_0.
type blockQ5_1 struct {
	d, m half
	qh   [4]byte
	qs   [16]byte
}

var _ [24]byte = [unsafe.Sizeof(blockQ5_1{})]byte{}

func decodeQ5_1(dst []float32, src []byte) {
	bs := blocks[blockQ5_1](src)
	for i := range bs {
		b, y := &bs[i], (*[32]float32)(dst[32*i:])
		d, m, qh := b.d.float32(), b.m.float32(), binary.LittleEndian.Uint32(b.qh[:])
		for j, q := range b.qs {
			hi := qh >> j
			y[j] = d*float32(uint32(q&15)|hi<<4&16) + m
			y[j+16] = d*float32(uint32(q>>4)|hi>>12&16) + m
		}
	}
}
