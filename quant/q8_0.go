package quant

import "unsafe"

// Q8_0: 32 elements in 34 bytes. x = d q.
//
//	0   2                                 34
//	| d | qs: int8                        |
type blockQ8_0 struct {
	d  half
	qs [32]int8
}

var _ [34]byte = [unsafe.Sizeof(blockQ8_0{})]byte{}

func decodeQ8_0(dst []float32, src []byte) {
	bs := blocks[blockQ8_0](src)
	for i := range bs {
		b, y := &bs[i], (*[32]float32)(dst[32*i:])
		d := b.d.float32()
		for j, q := range b.qs {
			y[j] = d * float32(q)
		}
	}
}
