package quant

import (
	"encoding/binary"
	"unsafe"
)

// Q5_0: 32 elements in 22 bytes. x = d (q - 16).
//
//	0   2    6                 22
//	| d | qh | qs              |
//
// Byte j of qs holds the low four bits of element j in its low nibble and of
// element j+16 in its high nibble. Bit j of qh, as a little-endian uint32, is
// the fifth bit of element j.
type blockQ5_0 struct {
	d  half
	qh [4]byte
	qs [16]byte
}

var _ [22]byte = [unsafe.Sizeof(blockQ5_0{})]byte{}

func decodeQ5_0(dst []float32, src []byte) {
	bs := blocks[blockQ5_0](src)
	for i := range bs {
		b, y := &bs[i], (*[32]float32)(dst[32*i:])
		d, qh := b.d.float32(), binary.LittleEndian.Uint32(b.qh[:])
		for j, q := range b.qs {
			hi := qh >> j
			y[j] = d * float32(int(uint32(q&15)|hi<<4&16)-16)
			y[j+16] = d * float32(int(uint32(q>>4)|hi>>12&16)-16)
		}
	}
}
