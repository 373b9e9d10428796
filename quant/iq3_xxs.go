package quant

import (
	"encoding/binary"
	"unsafe"
)

// IQ3_XXS: 256 elements in 98 bytes, in 8 groups of 32. x = ± d (s + 1/2) / 2
// times an entry of a codebook of 256 by 4.
//
//	0   2               66      98
//	| d | qs            | signs |
//
// Byte k of qs is the index of elements 4 k to 4 k + 3. signs are little-endian
// uint32, one for a group: four times 7 bits of signs below the 4-bit scale s.
type blockIQ3_XXS struct {
	d     half
	qs    [8][8]byte
	signs [8][4]byte
}

var _ [98]byte = [unsafe.Sizeof(blockIQ3_XXS{})]byte{}

func decodeIQ3_XXS(dst []float32, src []byte) {
	bs := blocks[blockIQ3_XXS](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for g := range b.qs {
			qs, y := &b.qs[g], dst[256*i+32*g:][:32]
			signs := binary.LittleEndian.Uint32(b.signs[g][:])
			scale := d * (float32(signs>>28) + 0.5) * 0.5
			for l := range 4 {
				s := signs7(signs >> (7 * l))
				signed(y[8*l:], scale, gridIQ3_XXS[qs[2*l]][:], s)
				signed(y[8*l+4:], scale, gridIQ3_XXS[qs[2*l+1]][:], s>>4)
			}
		}
	}
}
