package amdhip

import (
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Ptr is an address of device memory or of pinned host memory.
type Ptr uintptr

// Host is the n bytes of host memory at p, which HostMalloc gave. They are
// valid until HostFree.
func (p Ptr) Host(n int) []byte { return unsafe.Slice((*byte)(dl.Pointer(uintptr(p))), n) }

// A MemcpyKind is a hipMemcpyKind.
type MemcpyKind int32

// From where to where a copy goes. With Default HIP looks at the addresses.
const (
	MemcpyHostToHost     MemcpyKind = 0
	MemcpyHostToDevice   MemcpyKind = 1
	MemcpyDeviceToHost   MemcpyKind = 2
	MemcpyDeviceToDevice MemcpyKind = 3
	MemcpyDefault        MemcpyKind = 4
)

// Flags of HostMalloc.
const (
	HostMallocDefault       = 0
	HostMallocPortable      = 1 // pinned for all devices
	HostMallocMapped        = 2 // with a device address
	HostMallocWriteCombined = 4 // slow for the host to read
	HostMallocCoherent      = 0x40000000
	HostMallocNonCoherent   = 0x80000000
)

// MemGetInfo is hipMemGetInfo: bytes of the thread's device.
func (l *Library) MemGetInfo() (free, total uint64, err error) {
	var n [2]uintptr
	r := dl.Call(l.fn.MemGetInfo, uintptr(unsafe.Pointer(&n[0])), uintptr(unsafe.Pointer(&n[1])))
	return uint64(n[0]), uint64(n[1]), l.err("hipMemGetInfo", r)
}

// Malloc is hipMalloc: bytes on the thread's device. 0 bytes are at 0.
func (l *Library) Malloc(n uint64) (Ptr, error) {
	var p Ptr
	r := dl.Call(l.fn.Malloc, uintptr(unsafe.Pointer(&p)), uintptr(n))
	return p, l.err("hipMalloc", r)
}

// Free is hipFree.
func (l *Library) Free(p Ptr) error {
	return l.err("hipFree", dl.CallValues(l.fn.Free, uintptr(p)))
}

// HostMalloc is hipHostMalloc: pinned host memory, which asynchronous copies
// need.
func (l *Library) HostMalloc(n uint64, flags uint32) (Ptr, error) {
	var p Ptr
	r := dl.Call(l.fn.HostMalloc, uintptr(unsafe.Pointer(&p)), uintptr(n), uintptr(flags))
	return p, l.err("hipHostMalloc", r)
}

// HostFree is hipHostFree.
func (l *Library) HostFree(p Ptr) error {
	return l.err("hipHostFree", dl.CallValues(l.fn.HostFree, uintptr(p)))
}

// Memcpy is hipMemcpy: it returns when the bytes are copied.
func (l *Library) Memcpy(dst, src Ptr, n uint64, kind MemcpyKind) error {
	r := dl.CallValues(l.fn.Memcpy, uintptr(dst), uintptr(src), uintptr(n), uintptr(uint32(kind)))
	return l.err("hipMemcpy", r)
}

// MemcpyHtoD is hipMemcpyHtoD, from Go's memory.
func (l *Library) MemcpyHtoD(dst Ptr, src []byte) error {
	r := dl.Call(l.fn.MemcpyHtoD, uintptr(dst), uintptr(unsafe.Pointer(unsafe.SliceData(src))), uintptr(len(src)))
	return l.err("hipMemcpyHtoD", r)
}

// MemcpyDtoH is hipMemcpyDtoH, to Go's memory.
func (l *Library) MemcpyDtoH(dst []byte, src Ptr) error {
	r := dl.Call(l.fn.MemcpyDtoH, uintptr(unsafe.Pointer(unsafe.SliceData(dst))), uintptr(src), uintptr(len(dst)))
	return l.err("hipMemcpyDtoH", r)
}

// MemcpyAsync is hipMemcpyAsync. Host memory has to be pinned.
func (l *Library) MemcpyAsync(dst, src Ptr, n uint64, kind MemcpyKind, s Stream) error {
	r := dl.CallValues(l.fn.MemcpyAsync, uintptr(dst), uintptr(src), uintptr(n), uintptr(uint32(kind)), uintptr(s))
	return l.err("hipMemcpyAsync", r)
}

// MemcpyDtoDAsync is hipMemcpyDtoDAsync.
func (l *Library) MemcpyDtoDAsync(dst, src Ptr, n uint64, s Stream) error {
	r := dl.CallValues(l.fn.MemcpyDtoDAsync, uintptr(dst), uintptr(src), uintptr(n), uintptr(s))
	return l.err("hipMemcpyDtoDAsync", r)
}

// MemcpyPeerAsync is hipMemcpyPeerAsync, from one device to another.
func (l *Library) MemcpyPeerAsync(dst Ptr, dstDevice int, src Ptr, srcDevice int, n uint64, s Stream) error {
	if l.fn.MemcpyPeerAsync == 0 {
		return l.lacks("hipMemcpyPeerAsync")
	}
	r := dl.CallValues(l.fn.MemcpyPeerAsync, uintptr(dst), uintptr(dstDevice), uintptr(src), uintptr(srcDevice), uintptr(n), uintptr(s))
	return l.err("hipMemcpyPeerAsync", r)
}

// Memset is hipMemset: n bytes of one value.
func (l *Library) Memset(p Ptr, value byte, n uint64) error {
	return l.err("hipMemset", dl.CallValues(l.fn.Memset, uintptr(p), uintptr(value), uintptr(n)))
}

// MemsetAsync is hipMemsetAsync.
func (l *Library) MemsetAsync(p Ptr, value byte, n uint64, s Stream) error {
	return l.err("hipMemsetAsync", dl.CallValues(l.fn.MemsetAsync, uintptr(p), uintptr(value), uintptr(n), uintptr(s)))
}
