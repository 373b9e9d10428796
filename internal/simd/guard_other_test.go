//go:build !unix

package simd

import (
	"testing"
	"unsafe"
)

// guarded gives n elements that begin at a multiple of 64 bytes. Only unix
// tests find accesses past the end.
func guarded[T any](_ testing.TB, n int) []T {
	var zero T
	mem := make([]byte, n*int(unsafe.Sizeof(zero))+64)
	if n == 0 {
		return nil
	}
	skip := -uintptr(unsafe.Pointer(&mem[0])) & 63
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[skip])), n)
}
