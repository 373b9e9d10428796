// Package null is a device that computes nothing: it records which kernels are
// bound, so that what a model needs can be listed, and compiled, without the
// GPU. Its memory has addresses and no bytes.
package null

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/rocmforge/rocmforge/device"
)

// Device pretends to be one with the given capabilities.
type Device struct {
	caps device.Caps

	mu    sync.Mutex
	bound []Bound
	next  device.Ptr
}

// Bound is an op that was bound, with the kernels that would do it.
type Bound struct {
	Kernel *device.Kernel
	Spec   device.Spec
	Steps  []device.KernelStep
}

// New returns a device that has no GPU behind it.
func New(caps device.Caps) *Device { return &Device{caps: caps, next: 1 << 20} }

// Name is the arch that is pretended.
func (d *Device) Name() string { return "null:" + d.caps.Arch }

// Caps returns what New was given.
func (d *Device) Caps() device.Caps { return d.caps }

// Bound lists what was bound, in order.
func (d *Device) Bound() []Bound {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Bound(nil), d.bound...)
}

// Alloc returns addresses that nothing else has.
func (d *Device) Alloc(n int) (device.Ptr, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n <= 0 {
		return 0, &device.MemoryError{Device: d.Name(), Asked: n, Available: -1}
	}
	p := d.next
	d.next += device.Ptr(n+255) &^ 255
	return p, nil
}

// Free does nothing.
func (d *Device) Free(device.Ptr) {}

// InUse is 0.
func (d *Device) InUse() int { return 0 }

// Available is unknown.
func (d *Device) Available() int { return -1 }

// Bind records the kernels. Like a GPU it refuses what no kernel does.
func (d *Device) Bind(k *device.Kernel, s device.Spec) (device.Program, error) {
	steps := k.Select(d.caps, s)
	if len(steps) == 0 {
		return nil, fmt.Errorf("no kernel does %s with %v: %w", k.Name, s, errors.ErrUnsupported)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bound = append(d.bound, Bound{k, s, steps})
	return k, nil
}

// Build has nothing to do.
func (d *Device) Build(context.Context, func(done, total int)) error { return nil }

// NewQueue returns a queue that does nothing.
func (d *Device) NewQueue() (device.Queue, error) { return queue{}, nil }

// Close does nothing.
func (d *Device) Close() error { return nil }

type queue struct{}

func (queue) Launch(device.Program, []byte)          {}
func (queue) Graph(_ device.GraphKey, record func()) { record() }
func (queue) Forget(device.Ptr)                      {}
func (queue) Upload(device.Ptr, []byte)              {}
func (queue) Download([]byte, device.Ptr)            {}
func (queue) Copy(device.Ptr, device.Ptr, int)       {}
func (queue) Wait() error                            { return nil }
func (queue) Interrupt(error)                        {}
func (queue) Close() error                           { return nil }
