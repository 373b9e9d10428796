package quant

import (
	"encoding/binary"
	"math"
)

// BF16: one element in 2 bytes, the upper half of a binary32, little-endian.
func decodeBF16(dst []float32, src []byte) {
	dst = dst[:len(src)/2]
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
	}
}
