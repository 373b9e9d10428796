//go:build unix

package mmap

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

func mapFile(f *os.File, size int) ([]byte, func() error, error) {
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return data, func() error { return unix.Munmap(data) }, nil
}

// Forget gives the memory behind a part of a File's Bytes back to the system;
// whoever reads it again reads the file again. b must be of a mapping: any
// other memory would be zeroed.
func Forget(b []byte) {
	page := uintptr(os.Getpagesize())
	first := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	skip := int(-first & (page - 1)) // pages that others share stay
	if keep := len(b) - skip; keep >= int(page) {
		_ = unix.Madvise(b[skip:skip+keep&^int(page-1)], unix.MADV_DONTNEED)
	}
}
