package quant

import (
	"encoding/binary"
	"math"
)

// encodeBF16 rounds to the nearest, ties to even. A NaN stays one, and quiet.
func encodeBF16(dst []byte, src []float32) {
	for i, x := range src {
		bits := math.Float32bits(x)
		if x != x {
			bits |= 1 << 22
		} else {
			bits += 0x7fff + bits>>16&1
		}
		binary.LittleEndian.PutUint16(dst[2*i:], uint16(bits>>16))
	}
}
