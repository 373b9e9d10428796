package quant

import (
	"encoding/binary"
	"unsafe"
)

// IQ2_XXS: 256 elements in 66 bytes, in 8 groups of 32. x = ± d (s + 1/2) / 4
// times an entry of a codebook of 256 by 8.
//
//	0   2                 66
//	| d | qs              |
//
// A group is 8 bytes of qs: four indices, and a little-endian uint32 with
// four times 7 bits of signs below the 4-bit scale s.
type blockIQ2_XXS struct {
	d  half
	qs [8][8]byte
}

var _ [66]byte = [unsafe.Sizeof(blockIQ2_XXS{})]byte{}

func decodeIQ2_XXS(dst []float32, src []byte) {
	bs := blocks[blockIQ2_XXS](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for g := range b.qs {
			qs, y := &b.qs[g], dst[256*i+32*g:][:32]
			signs := binary.LittleEndian.Uint32(qs[4:])
			scale := d * (float32(signs>>28) + 0.5) * 0.25
			for l := range 4 {
				signed(y[8*l:], scale, gridIQ2_XXS[qs[l]][:], signs7(signs>>(7*l)))
			}
		}
	}
}
