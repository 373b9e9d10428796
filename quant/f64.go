package quant

import (
	"encoding/binary"
	"math"
)

// F64: one element in 8 bytes, IEEE 754 binary64, little-endian, rounded to
// the nearest float32.
func decodeF64(dst []float32, src []byte) {
	dst = dst[:len(src)/8]
	for i := range dst {
		dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
	}
}
