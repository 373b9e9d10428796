package amdhip

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// MaxParams is how many bytes of parameters a kernel takes here.
const MaxParams = 4096

// A Dim3 is a dim3: a number of blocks or of threads.
type Dim3 struct{ X, Y, Z uint32 }

// A Launcher launches kernels without allocating. It belongs to one goroutine
// at a time, best to that of the device's thread. It has no end: the garbage
// collector takes it.
//
// What C reads is in the launcher itself. Its methods let it escape to the
// heap, so its address stays the same.
type Launcher struct {
	l      *Library
	args   [11]uintptr
	extra  [5]uintptr
	size   uintptr
	params [MaxParams]byte
}

// NewLauncher gives a launcher.
func (l *Library) NewLauncher() *Launcher { return &Launcher{l: l} }

// Marks in the list of launch options (HIP_LAUNCH_PARAM_...).
const (
	paramBufferPointer = 1
	paramBufferSize    = 2
	paramEnd           = 3
)

// ModuleLaunchKernel is hipModuleLaunchKernel: grid blocks of block threads
// each, with sharedMem bytes of dynamic LDS. The parameters are the bytes of
// the kernel's parameters as C lays out a struct of them; they are copied.
func (x *Launcher) ModuleLaunchKernel(f Function, grid, block Dim3, sharedMem uint32, s Stream, params []byte) error {
	if len(params) > MaxParams {
		return &Error{"hipModuleLaunchKernel", InvalidValue, InvalidValue.Error(),
			fmt.Sprintf("%d bytes of parameters, at most %d are possible", len(params), MaxParams)}
	}
	x.size = uintptr(copy(x.params[:], params))
	x.extra = [...]uintptr{paramBufferPointer, uintptr(unsafe.Pointer(&x.params)), paramBufferSize, uintptr(unsafe.Pointer(&x.size)), paramEnd}
	x.args = [...]uintptr{uintptr(f), uintptr(grid.X), uintptr(grid.Y), uintptr(grid.Z), uintptr(block.X), uintptr(block.Y), uintptr(block.Z),
		uintptr(sharedMem), uintptr(s), 0, uintptr(unsafe.Pointer(&x.extra))}
	r := dl.CallList(x.l.fn.ModuleLaunchKernel, x.args[:])
	runtime.KeepAlive(x)
	return x.l.err("hipModuleLaunchKernel", r)
}

// ModuleLaunchKernel is that of a Launcher, for many goroutines.
func (l *Library) ModuleLaunchKernel(f Function, grid, block Dim3, sharedMem uint32, s Stream, params []byte) error {
	x := l.launchers.Get().(*Launcher)
	err := x.ModuleLaunchKernel(f, grid, block, sharedMem, s, params)
	l.launchers.Put(x)
	return err
}
