package quant

import "unsafe"

// Q3_K: 256 elements in 110 bytes, in 16 groups of 16. x = d (s - 32) (q - 4).
//
//	0       32                96       108 110
//	| hmask | qs              | scales | d |
//
// Element 32 c + j of half h (128 elements) has its low two bits in bits 2c
// and 2c+1 of qs[32 h + j] and its third in bit 4h + c of hmask[j]. Scale g
// has its low four bits in a nibble of scales[g%8], the low one for g < 8,
// and its high two in bits 2(g/4) of scales[8 + g%4].
type blockQ3_K struct {
	hmask  [32]byte
	qs     [64]byte
	scales [12]byte
	d      half
}

var _ [110]byte = [unsafe.Sizeof(blockQ3_K{})]byte{}

func decodeQ3_K(dst []float32, src []byte) {
	bs := blocks[blockQ3_K](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for g := range 16 {
			y := (*[16]float32)(dst[256*i+16*g:])
			qs := (*[16]byte)(b.qs[32*(g/8)+16*(g%2):])
			hm := (*[16]byte)(b.hmask[16*(g%2):])
			scale, shift := d*float32(b.scale(g)), g/2%4*2
			for j, q := range qs {
				y[j] = scale * float32(int8(q>>shift&3|hm[j]>>(g/2)&1<<2)-4)
			}
		}
	}
}

// scale gives the signed scale of group g < 16.
func (b *blockQ3_K) scale(g int) int {
	lo := b.scales[g%8] >> (g / 8 * 4) & 15
	hi := b.scales[8+g%4] >> (g / 4 * 2) & 3
	return int(hi<<4|lo) - 32
}
