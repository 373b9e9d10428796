package quant

import (
	"encoding/binary"
	"unsafe"
)

// IQ1_M: 256 elements in 56 bytes, in 16 groups of 16. x = d (2 s + 1) (g ± 1/8)
// with g from the codebook of IQ1_S.
//
//	0         32       48       56
//	| qs      | qh     | scales |
//
// Byte l of qs is the low part of the index of elements 8 l to 8 l + 7. Nibble
// l of qh (the low one first) has the index's high 3 bits and the sign of the
// eighth. scales are four little-endian uint16, each with four 3-bit scales s
// in its low bits and a nibble of d, a half, in its high ones.
type blockIQ1_M struct {
	qs     [32]byte
	qh     [16]byte
	scales [8]byte
}

var _ [56]byte = [unsafe.Sizeof(blockIQ1_M{})]byte{}

func decodeIQ1_M(dst []float32, src []byte) {
	bs := blocks[blockIQ1_M](src)
	for i := range bs {
		b := &bs[i]
		d := b.d()
		for l, q := range b.qs {
			s := binary.LittleEndian.Uint16(b.scales[l/8*2:]) >> (l / 2 % 4 * 3) & 7
			qh := int(b.qh[l/2] >> (l % 2 * 4))
			y := (*[8]float32)(dst[256*i+8*l:])
			ternary(y, d*float32(2*s+1), int(q)|qh&7<<8, qh&8 != 0)
		}
	}
}

// d gathers the scale from the scales' high nibbles, its lowest nibble first.
func (b *blockIQ1_M) d() float32 {
	s := &b.scales
	return half{s[1]>>4 | s[3]&0xf0, s[5]>>4 | s[7]&0xf0}.float32()
}
