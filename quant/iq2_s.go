package quant

import "unsafe"

// IQ2_S: 256 elements in 82 bytes, in 16 groups of 16. x = ± d (s + 1/2) / 4
// times an entry of a codebook of 1024 by 8.
//
//	0   2         34      66   74       82
//	| d | qs      | signs | qh | scales |
//
// Byte l of qs and signs belongs to elements 8 l to 8 l + 7. Bits 2(l%4) and
// the next of qh[l/4] are the high two bits of the index. scales are nibbles,
// the low one first.
type blockIQ2_S struct {
	d         half
	qs, signs [32]byte
	qh        [8]byte
	scales    [8]byte
}

var _ [82]byte = [unsafe.Sizeof(blockIQ2_S{})]byte{}

func decodeIQ2_S(dst []float32, src []byte) {
	bs := blocks[blockIQ2_S](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for l, q := range b.qs {
			index := int(q) | int(b.qh[l/4]>>(l%4*2)&3)<<8
			s := b.scales[l/4] >> (l / 2 % 2 * 4) & 15
			scale := d * (float32(s) + 0.5) * 0.25
			signed(dst[256*i+8*l:], scale, gridIQ2_S[index][:], b.signs[l])
		}
	}
}
