package quant

import (
	"encoding/binary"
	"math"
)

// F32: one element in 4 bytes, IEEE 754 binary32, little-endian.
func decodeF32(dst []float32, src []byte) {
	dst = dst[:len(src)/4]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}
