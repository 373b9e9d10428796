package quant

import "encoding/binary"

// I8: one element in a byte.
func decodeI8(dst []float32, src []byte) {
	dst = dst[:len(src)]
	for i := range dst {
		dst[i] = float32(int8(src[i]))
	}
}

// I16: one element in 2 bytes, little-endian.
func decodeI16(dst []float32, src []byte) {
	dst = dst[:len(src)/2]
	for i := range dst {
		dst[i] = float32(int16(binary.LittleEndian.Uint16(src[2*i:])))
	}
}

// I32: one element in 4 bytes, little-endian, rounded to the nearest float32.
func decodeI32(dst []float32, src []byte) {
	dst = dst[:len(src)/4]
	for i := range dst {
		dst[i] = float32(int32(binary.LittleEndian.Uint32(src[4*i:])))
	}
}

// I64: one element in 8 bytes, little-endian, rounded to the nearest float32.
func decodeI64(dst []float32, src []byte) {
	dst = dst[:len(src)/8]
	for i := range dst {
		dst[i] = float32(int64(binary.LittleEndian.Uint64(src[8*i:])))
	}
}
