package quant

import "unsafe"

// Q1_0: 128 elements in 18 bytes. x = d or -d.
//
//	0   2                 18
//	| d | qs              |
//
// Bit j%8 of qs[j/8] is set where element j is d.
type blockQ1_0 struct {
	d  half
	qs [16]byte
}

var _ [18]byte = [unsafe.Sizeof(blockQ1_0{})]byte{}

func decodeQ1_0(dst []float32, src []byte) {
	bs := blocks[blockQ1_0](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for k, q := range b.qs {
			y := (*[8]float32)(dst[128*i+8*k:])
			for j := range y {
				y[j] = d * float32(int(q>>j&1)*2-1)
			}
		}
	}
}
