package quant

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// Q8_K: 256 elements in 292 bytes. x = d q. It holds activations while ggml
// multiplies, and is no format of weights.
//
//	0   4                 260    292
//	| d | qs: int8        | sums |
//
// d is a binary32. sums are 16 int16, each the sum of 16 of qs; decoding does
// not need them.
type blockQ8_K struct {
	d  [4]byte
	qs [256]int8
	_  [32]byte // sums
}

var _ [292]byte = [unsafe.Sizeof(blockQ8_K{})]byte{}

func decodeQ8_K(dst []float32, src []byte) {
	bs := blocks[blockQ8_K](src)
	for i := range bs {
		b, y := &bs[i], (*[256]float32)(dst[256*i:])
		d := math.Float32frombits(binary.LittleEndian.Uint32(b.d[:]))
		for j, q := range b.qs {
			y[j] = d * float32(q)
		}
	}
}
