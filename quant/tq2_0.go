package quant

import "unsafe"

// TQ2_0: 256 elements in 66 bytes. x = d (q - 1), with q = 0, 1 or 2 (and 3,
// which no encoder writes).
//
//	0                 64  66
//	| qs              | d |
//
// Bits 2c and 2c+1 of qs[32 h + j] are element 128 h + 32 c + j.
type blockTQ2_0 struct {
	qs [64]byte
	d  half
}

var _ [66]byte = [unsafe.Sizeof(blockTQ2_0{})]byte{}

func decodeTQ2_0(dst []float32, src []byte) {
	bs := blocks[blockTQ2_0](src)
	for i := range bs {
		b := &bs[i]
		d := b.d.float32()
		for h := range 2 {
			y := (*[128]float32)(dst[256*i+128*h:])
			for j, q := range (*[32]byte)(b.qs[32*h:]) {
				y[j] = d * float32(int(q&3)-1)
				y[j+32] = d * float32(int(q>>2&3)-1)
				y[j+64] = d * float32(int(q>>4&3)-1)
				y[j+96] = d * float32(int(q>>6)-1)
			}
		}
	}
}
