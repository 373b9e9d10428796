package emu_test

import (
	"encoding/binary"
	"math"
)

// floatBytes are the numbers 0, 1, ... as float32.
func floatBytes(n int) (b []byte) {
	for i := range n {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(i)))
	}
	return b
}
