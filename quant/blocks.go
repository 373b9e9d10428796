package quant

import (
	"encoding/binary"
	"unsafe"

	"github.com/x448/float16"
)

// blocks views bytes as whole blocks, without copying. B must consist of
// bytes only (half, float and arrays of bytes and int8), so that it has no
// padding, no alignment and no byte order: each format asserts its size.
func blocks[B any](b []byte) []B {
	var block B
	return unsafe.Slice((*B)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(block)))
}

// half is a little-endian IEEE 754 binary16, the scale of most formats.
//
// A half has 11 significant bits and the integers that it is multiplied with
// have 13 in all at most, so these products are exact in float32: a fused
// multiply-add, which Go may emit on arm64, gives the same bits.
type half [2]byte

func (h half) float32() float32 {
	return float16.Frombits(binary.LittleEndian.Uint16(h[:])).Float32()
}
