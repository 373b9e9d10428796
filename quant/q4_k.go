package quant

import "unsafe"

// Q4_K: 256 elements in 144 bytes, in 8 groups of 32. x = d s q - dmin m,
// with a 6-bit scale s and minimum m for each group.
//
//	0   2      4        16                 144
//	| d | dmin | scales | qs               |
//
// The 32 bytes at qs[32 c] hold group 2c in their low nibbles and group 2c+1
// in their high nibbles.
type blockQ4_K struct {
	d, dmin half
	scales  scalesK
	qs      [128]byte
}

var _ [144]byte = [unsafe.Sizeof(blockQ4_K{})]byte{}

func decodeQ4_K(dst []float32, src []byte) {
	bs := blocks[blockQ4_K](src)
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
				y[j] = d0*float32(q&15) - min0
				y[j+32] = d1*float32(q>>4) - min1
			}
		}
	}
}

// scalesK is the 6-bit scales and minimums of 8 groups, in 12 bytes (Q4_K and
// Q5_K):
//
//	byte i   < 4: scale i in bits 0..5,     high two bits of scale i+4 in 6..7
//	byte i+4 < 8: minimum i in bits 0..5,   high two bits of minimum i+4 in 6..7
//	byte i+8:     low four of scale i+4 in bits 0..3, of minimum i+4 in 4..7
type scalesK [12]byte

// at gives the scale and the minimum of group g < 8.
func (s *scalesK) at(g int) (scale, min byte) {
	if g < 4 {
		return s[g] & 63, s[g+4] & 63
	}
	return s[g+4]&15 | s[g-4]>>6<<4, s[g+4]>>4 | s[g]>>6<<4
}
