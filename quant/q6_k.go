package quant

import "unsafe"

// Q6_K: 256 elements in 210 bytes, in 16 groups of 16. x = d s (q - 32).
//
//	0                 128        192              208  210
//	| ql              | qh       | scales: int8   | d |
//
// Each half of 128 elements has 64 bytes of ql and 32 of qh. Element 32 c + j
// of a half has its low four bits in ql[j], ql[j+32] (low nibble for c = 0, 1;
// high nibble for c = 2, 3) and its high two bits in bits 2c of qh[j].
type blockQ6_K struct {
	ql     [128]byte
	qh     [64]byte
	scales [16]int8
	d      half
}

var _ [210]byte = [unsafe.Sizeof(blockQ6_K{})]byte{}

func decodeQ6_K(dst []float32, src []byte) {
	bs := blocks[blockQ6_K](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for h := range 2 {
			y := (*[128]float32)(dst[256*i+128*h:])
			ql, qh := (*[64]byte)(b.ql[64*h:]), (*[32]byte)(b.qh[32*h:])
			var s [8]float32
			for g := range s {
				s[g] = d * float32(b.scales[8*h+g])
			}
			for j, hi := range qh {
				lo0, lo1, g := ql[j], ql[j+32], j/16
				y[j] = s[g] * float32(int8(lo0&15|hi<<4&0x30)-32)
				y[j+32] = s[g+2] * float32(int8(lo1&15|hi<<2&0x30)-32)
				y[j+64] = s[g+4] * float32(int8(lo0>>4|hi&0x30)-32)
				y[j+96] = s[g+6] * float32(int8(lo1>>4|hi>>2&0x30)-32)
			}
		}
	}
}
