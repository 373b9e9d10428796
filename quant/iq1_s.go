package quant

import (
	"encoding/binary"
	"unsafe"
)

// IQ1_S: 256 elements in 50 bytes, in 8 groups of 32. x = d (2 s + 1) (g ± 1/8)
// with g from a codebook of 2048 by 8 of -1, 0, 1.
//
//	0   2         34       50
//	| d | qs      | qh     |
//
// Byte l of qs is the low part of the index of elements 8 l to 8 l + 7. qh are
// little-endian uint16, one for a group: four times the index's high 3 bits,
// the 3-bit scale s, and the sign of the eighth.
type blockIQ1_S struct {
	d  half
	qs [8][4]byte
	qh [8][2]byte
}

var _ [50]byte = [unsafe.Sizeof(blockIQ1_S{})]byte{}

func decodeIQ1_S(dst []float32, src []byte) {
	bs := blocks[blockIQ1_S](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for g := range b.qs {
			qh := int(binary.LittleEndian.Uint16(b.qh[g][:]))
			scale := d * float32(2*(qh>>12&7)+1)
			for l, q := range b.qs[g] {
				y := (*[8]float32)(dst[256*i+32*g+8*l:])
				ternary(y, scale, int(q)|qh>>(3*l)&7<<8, qh>>15 != 0)
			}
		}
	}
}

// ternary sets y to scale (g + 1/8), or scale (g - 1/8) if minus is set, for
// an entry g < 2048 of the codebook.
func ternary(y *[8]float32, scale float32, g int, minus bool) {
	delta := float32(0.125)
	if minus {
		delta = -delta
	}
	for j, v := range gridIQ1_S[g] {
		y[j] = scale * (float32(v) + delta)
	}
}
