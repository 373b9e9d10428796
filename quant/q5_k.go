package quant

import "unsafe"

// Q5_K: 256 elements in 176 bytes, in 8 groups of 32. x = d s q - dmin m,
// with a 6-bit scale s and minimum m for each group.
//
//	0   2      4        16   48                 176
//	| d | dmin | scales | qh | qs               |
//
// The 32 bytes at qs[32 c] hold the low four bits of group 2c in their low
// nibbles and of group 2c+1 in their high nibbles. Bit g of qh[j] is the
// fifth bit of element j of group g.
type blockQ5_K struct {
	d, dmin half
	scales  scalesK
	qh      [32]byte
	qs      [128]byte
}

var _ [176]byte = [unsafe.Sizeof(blockQ5_K{})]byte{}

func decodeQ5_K(dst []float32, src []byte) {
	bs := blocks[blockQ5_K](src)
	for i := range bs {
		b := &bs[i]
		d, dmin := b.d.float32(), b.dmin.float32()
		for c := range 4 {
			y := (*[64]float32)(dst[256*i+64*c:])
			s0, m0 := b.scales.at(2 * c)
			s1, m1 := b.scales.at(2*c + 1)
			d0, d1 := d*float32(s0), d*float32(s1)
			min0, min1 := dmin*float32(m0), dmin*float32(m1)
			for j, q := range (*[32]byte)(b.qs[32*c:]) {
				hi := b.qh[j] >> (2 * c)
				y[j] = d0*float32(q&15|hi&1<<4) - min0
				y[j+32] = d1*float32(q>>4|hi>>1&1<<4) - min1
			}
		}
	}
}
