package quant

import (
	"encoding/binary"
	"unsafe"
)

// IQ2_XS: 256 elements in 74 bytes, in 16 groups of 16. x = ± d (s + 1/2) / 4
// times an entry of a codebook of 512 by 8.
//
//	0   2                 66       74
//	| d | qs              | scales |
//
// qs are little-endian uint16, one for 8 elements: a 9-bit index below 7 bits
// of signs. scales are nibbles, the low one first.
type blockIQ2_XS struct {
	d      half
	qs     [32][2]byte
	scales [8]byte
}

var _ [74]byte = [unsafe.Sizeof(blockIQ2_XS{})]byte{}

func decodeIQ2_XS(dst []float32, src []byte) {
	bs := blocks[blockIQ2_XS](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for l := range b.qs {
			q := binary.LittleEndian.Uint16(b.qs[l][:])
			s := b.scales[l/4] >> (l / 2 % 2 * 4) & 15
			scale := d * (float32(s) + 0.5) * 0.25
			signed(dst[256*i+8*l:], scale, gridIQ2_XS[q&511][:], signs7(uint32(q>>9)))
		}
	}
}
