package quant

import "unsafe"

// Q4_0: 32 elements in 18 bytes. x = d (q - 8).
//
//	0   2                 18
//	| d | qs              |
//
// Byte j of qs holds element j in its low nibble and element j+16 in its
// high nibble.
type blockQ4_0 struct {
	d  half
	qs [16]byte
}

var _ [18]byte = [unsafe.Sizeof(blockQ4_0{})]byte{}

func decodeQ4_0(dst []float32, src []byte) {
	bs := blocks[blockQ4_0](src)
	for i := range bs {
		b, y := &bs[i], (*[32]float32)(dst[32*i:])
		d := b.d.float32()
		for j, q := range b.qs {
			y[j] = d * float32(int(q&15)-8)
			y[j+16] = d * float32(int(q>>4)-8)
		}
	}
}
