// Package device is the narrow waist between models and hardware: memory,
// tensors, ops and launches. It knows no kernel and no model; the devices
// (device/cpu and its peers) implement it and know no op.
package device

import (
	"context"
	"errors"
	"fmt"
)

// Ptr is an address in a device's memory. On the CPU it is a real address
// outside Go's heap (see HostBytes).
type Ptr uintptr

// ErrClosed is returned by a device that was closed.
var ErrClosed = errors.New("device is closed")

// Caps is what an op's variants may ask of a device.
type Caps struct {
	Kind    string // "cpu", "hip", "null"
	Arch    string // "amd64/avx512", "gfx1100"
	Workers int    // threads or compute units
	Wave    int    // lanes of a wave; 1 on the CPU
	Matrix  bool   // has matrix tiles (WMMA, MFMA)
	MX      bool   // its matrix units take MX formats with their scales
	Host    bool   // it runs ops' Go code, on memory laid out for that
	Remote  bool   // in another process: the program's addresses mean nothing to it
}

// A Device allocates, copies, launches and waits. All methods may be called
// from any goroutine.
type Device interface {
	// Name is what --device prints: "cpu", "hip:0".
	Name() string
	Caps() Caps

	// Alloc returns n zeroed bytes, aligned to 64 or more. It fails with a
	// *MemoryError when they are not to be had.
	Alloc(n int) (Ptr, error)
	// Free gives memory back; Free(0) does nothing.
	Free(p Ptr)
	// InUse is the number of bytes allocated and not yet freed.
	InUse() int
	// Available is the number of bytes that could be allocated now, or -1
	// where nobody can tell.
	Available() int

	// Bind prepares a kernel for a Spec. A device that compiles may put it
	// off until Build, or until the first launch.
	Bind(k *Kernel, s Spec) (Program, error)
	// Build compiles what was bound and is not compiled yet. It may be
	// called while other goroutines allocate and copy. progress may be nil.
	Build(ctx context.Context, progress func(done, total int)) error
	// NewQueue makes an ordered stream of work.
	NewQueue() (Queue, error)

	// Close waits for the work under way and frees everything. It may be
	// called twice.
	Close() error
}

// Program is a kernel that a device has prepared. Its fields belong to that
// device.
type Program any

// A Queue runs launches and copies in the order in which they were given. It
// belongs to one goroutine at a time.
type Queue interface {
	// Launch runs a program over an argument block, which the queue copies.
	Launch(p Program, args []byte)
	// Graph runs the launches that record makes. A device that can keeps
	// them under key and next time replays them at once, without calling
	// record: all that changes must lie in device memory. Nothing but
	// launches may be recorded. key must be comparable.
	Graph(key GraphKey, record func())
	// Forget drops the graphs whose keys have this owner.
	Forget(owner Ptr)
	// Upload and Download copy between Go memory and the device. Download
	// waits for the work before it. src may be changed when Upload returns.
	Upload(dst Ptr, src []byte)
	Download(dst []byte, src Ptr)
	// Copy copies n bytes on the device.
	Copy(dst, src Ptr, n int)
	// Wait returns when all work is done, with the first error since the
	// last Wait: a *LaunchError where an op failed.
	Wait() error
	// Interrupt makes the queue skip work that has not begun, until Wait
	// returns err. Unlike the other methods it may be called from any
	// goroutine.
	Interrupt(err error)
	Close() error
}

// GraphKey names a recorded sequence of launches.
type GraphKey struct {
	Owner   Ptr // memory whose end is the graph's: a cache
	Variant int // which of the owner's graphs
}

// MemoryError says that an allocation does not fit.
type MemoryError struct {
	Device    string
	Asked     int // bytes
	InUse     int // bytes that this process holds on the device
	Available int // bytes free as far as is known, or -1
}

func (e *MemoryError) Error() string {
	s := fmt.Sprintf("%s: out of memory: %d bytes asked with %d in use", e.Device, e.Asked, e.InUse)
	if e.Available >= 0 {
		s += fmt.Sprintf(", %d free", e.Available)
	}
	return s
}

// LaunchError says that an op failed on the device.
type LaunchError struct {
	Op    string
	Value any    // what it panicked with
	Stack []byte // of the op's Go code, if it has any
}

func (e *LaunchError) Error() string { return fmt.Sprintf("op %s failed: %v", e.Op, e.Value) }
