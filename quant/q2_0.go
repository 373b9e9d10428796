package quant

import "unsafe"

// Q2_0: 64 elements in 18 bytes. x = d (q - 1), so -d, 0, d or 2d.
//
//	0   2                 18
//	| d | qs              |
//
// Byte k of qs holds elements 4 k to 4 k + 3 in two bits each, the first in
// the lowest.
type blockQ2_0 struct {
	d  half
	qs [16]byte
}

var _ [18]byte = [unsafe.Sizeof(blockQ2_0{})]byte{}

func decodeQ2_0(dst []float32, src []byte) {
	bs := blocks[blockQ2_0](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for k, q := range b.qs {
			y := (*[4]float32)(dst[64*i+4*k:])
			for j := range y {
				y[j] = d * float32(int(q>>(2*j)&3)-1)
			}
		}
	}
}
