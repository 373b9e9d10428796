package quant

import (
	"encoding/binary"
	"unsafe"
)

// IQ4_XS: 256 elements in 136 bytes, in 8 groups of 32. x = d (s - 32) v, with
// v one of IQ4_NL's 16 values.
//
//	0   2    4    8                 136
//	| d | sh | sl | qs              |
//
// Group g's 6-bit scale s has its low four bits in a nibble of sl (the low one
// first) and its high two in bits 2g of sh, a little-endian uint16. Byte j of a
// group's 16 bytes of qs holds element j in its low nibble and element j+16 in
// its high nibble.
type blockIQ4_XS struct {
	d  half
	sh [2]byte
	sl [4]byte
	qs [8][16]byte
}

var _ [136]byte = [unsafe.Sizeof(blockIQ4_XS{})]byte{}

func decodeIQ4_XS(dst []float32, src []byte) {
	bs := blocks[blockIQ4_XS](src)
	for i := range bs {
		b := &bs[i]
		d, sh := b.d.float32(), int(binary.LittleEndian.Uint16(b.sh[:]))
		for g := range b.qs {
			y := (*[32]float32)(dst[256*i+32*g:])
			s := int(b.sl[g/2]>>(g%2*4)&15) | sh>>(2*g)&3<<4
			scale := d * float32(s-32)
			for j, q := range b.qs[g] {
				y[j] = scale * float32(valuesIQ4_NL[q&15])
				y[j+16] = scale * float32(valuesIQ4_NL[q>>4])
			}
		}
	}
}
