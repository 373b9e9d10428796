package cpu

import (
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/rocmforge/rocmforge/device"
)

func mapPages(n int) ([]byte, error) {
	p, err := windows.VirtualAlloc(0, uintptr(n), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_READWRITE)
	if err != nil {
		return nil, err
	}
	return device.HostSlice[byte](device.Ptr(p), n), nil
}

func unmapPages(b []byte) {
	_ = windows.VirtualFree(uintptr(address(b)), 0, windows.MEM_RELEASE)
}

func address(b []byte) device.Ptr {
	return device.Ptr(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

func available() int { return -1 }
