//go:build unix

package cpu

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/rocmforge/rocmforge/device"
)

func mapPages(n int) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err == nil {
		adviseHuge(b)
	}
	return b, err
}

func unmapPages(b []byte) { _ = unix.Munmap(b) }

func address(b []byte) device.Ptr {
	return device.Ptr(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}
