package quant

import "unsafe"

// Q2_K: 256 elements in 84 bytes, in 16 groups of 16. x = d s q - dmin m.
//
//	0        16                80  82     84
//	| scales | qs              | d | dmin |
//
// Byte g of scales has group g's 4-bit scale s in its low nibble and its
// minimum m in its high nibble. Element 32 c + j of a half of 128 elements
// is bits 2c and 2c+1 of byte j of the half's 32 bytes of qs.
type blockQ2_K struct {
	scales  [16]byte
	qs      [64]byte
	d, dmin half
}

var _ [84]byte = [unsafe.Sizeof(blockQ2_K{})]byte{}

func decodeQ2_K(dst []float32, src []byte) {
	bs := blocks[blockQ2_K](src)
	for i := range bs {
		b := &bs[i]
		d, dmin := b.d.float32(), b.dmin.float32()
		for g, s := range b.scales {
			y := (*[16]float32)(dst[256*i+16*g:])
			qs := (*[16]byte)(b.qs[32*(g/8)+16*(g%2):])
			scale, min, shift := d*float32(s&15), dmin*float32(s>>4), g/2%4*2
			for j, q := range qs {
				y[j] = scale*float32(q>>shift&3) - min
			}
		}
	}
}
