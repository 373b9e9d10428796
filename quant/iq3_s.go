package quant

import "unsafe"

// IQ3_S: 256 elements in 110 bytes, in 8 groups of 32. x = ± d (2 s + 1)
// times an entry of a codebook of 512 by 4.
//
//	0   2               66   74      106      110
//	| d | qs            | qh | signs | scales |
//
// Byte k of qs is the low part of the index of elements 4 k to 4 k + 3; bit
// k%8 of qh[k/8] is its ninth bit. Byte l of signs belongs to elements 8 l to
// 8 l + 7. scales are nibbles, the low one first.
type blockIQ3_S struct {
	d      half
	qs     [64]byte
	qh     [8]byte
	signs  [32]byte
	scales [4]byte
}

var _ [110]byte = [unsafe.Sizeof(blockIQ3_S{})]byte{}

func decodeIQ3_S(dst []float32, src []byte) {
	bs := blocks[blockIQ3_S](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for k, q := range b.qs {
			index := int(q) | int(b.qh[k/8]>>(k%8)&1)<<8
			s := b.scales[k/16] >> (k / 8 % 2 * 4) & 15
			scale := d * float32(2*s+1)
			signed(dst[256*i+4*k:], scale, gridIQ3_S[index][:], b.signs[k/2]>>(k%2*4))
		}
	}
}
