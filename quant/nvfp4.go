package quant

import (
	"unsafe"

	"github.com/rocmforge/rocmforge/mxfp"
)

// NVFP4: 64 elements in 36 bytes, in 4 groups of 16. x = s E2M1(q).
//
//	0        4                 36
//	| scales | qs              |
//
// Each scale s is an E4M3 without its sign bit. Byte j of a group's 8 bytes of
// qs holds element j in its low nibble and element j+8 in its high nibble.
type blockNVFP4 struct {
	scales [4]byte
	qs     [4][8]byte
}

var _ [36]byte = [unsafe.Sizeof(blockNVFP4{})]byte{}

func decodeNVFP4(dst []float32, src []byte) {
	bs := blocks[blockNVFP4](src)
	for i := range bs {
		b := &bs[i]
		for g, s := range b.scales {
			y := (*[16]float32)(dst[64*i+16*g:])
			d := nvfp4Half[s]
			for j, q := range b.qs[g] {
				y[j] = d * e2m1Doubled[q&15]
				y[j+8] = d * e2m1Doubled[q>>4]
			}
		}
	}
}

// nvfp4Half is half of each scale, as the codes are doubled. As in ggml, the
// sign bit is ignored, and a NaN is 0 (or 480 with its sign bit set).
var nvfp4Half = func() (t [256]float32) {
	for s := range t {
		t[s] = mxfp.E4M3().Decode(byte(s)&0x7f) / 2
	}
	t[0x7f], t[0xff] = 0, 240
	return t
}()
