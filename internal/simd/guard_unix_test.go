//go:build unix

package simd

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// guarded gives n elements that end where an unreadable page begins, so that
// a kernel that reaches past them faults.
func guarded[T any](t testing.TB, n int) []T {
	t.Helper()
	var zero T
	page := unix.Getpagesize()
	size := n * int(unsafe.Sizeof(zero))
	whole := (size + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, whole+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mprotect(mem[whole:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(mem) })
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[whole-size])), n)
}
