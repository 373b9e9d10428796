package quant

import (
	"encoding/binary"
	"sync"

	"github.com/x448/float16"
)

// F16: one element in 2 bytes, IEEE 754 binary16, little-endian.
func decodeF16(dst []float32, src []byte) {
	table := halves()
	dst = dst[:len(src)/2]
	for i := range dst {
		dst[i] = table[binary.LittleEndian.Uint16(src[2*i:])]
	}
}

// halves has every binary16 as float32. Whole models are decoded through it,
// where a conversion per element would be several times slower.
var halves = sync.OnceValue(func() *[1 << 16]float32 {
	var t [1 << 16]float32
	for i := range t {
		t[i] = float16.Frombits(uint16(i)).Float32()
	}
	return &t
})
