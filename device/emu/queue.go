package emu

import (
	"context"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
)

// queue runs each launch and copy when it is given, and keeps the first error
// for Wait. A launch itself uses all workers.
type queue struct {
	d           *Device
	err         error
	interrupted atomic.Pointer[error]
	closed      bool
}

// NewQueue makes a queue.
func (d *Device) NewQueue() (device.Queue, error) {
	if d.isClosed() {
		return nil, device.ErrClosed
	}
	return &queue{d: d}, nil
}

// skips tells whether work is not to begin.
func (q *queue) skips() bool { return q.err != nil || q.closed || q.interrupted.Load() != nil }

// Launch runs a program's kernels. A program that is not built yet is.
func (q *queue) Launch(p device.Program, args []byte) {
	program := p.(*program)
	for _, s := range program.steps {
		if q.skips() {
			return
		}
		q.err = q.d.launch(program.kernel, s, args)
	}
}

func (d *Device) launch(k *device.Kernel, s step, args []byte) (err error) {
	defer func() { // Items and Grid panic over wrong shapes
		if r := recover(); r != nil {
			err = &device.LaunchError{Op: k.Name, Value: r}
		}
	}()
	own := append([]byte(nil), args...)
	p := unsafe.Pointer(unsafe.SliceData(own))
	if k.Items(p) == 0 {
		return nil
	}
	if s.unit.module == nil {
		if err := d.Build(context.Background(), nil); err != nil {
			return err
		}
	}
	u := s.unit
	if err := u.decode(d.simArch()); err != nil {
		return fmt.Errorf("%s: %w", d.Name(), err)
	}
	grid := s.grid(p)
	if grid.Groups[0] == 0 || grid.Groups[1] == 0 || grid.Groups[2] == 0 {
		return nil
	}
	if err := d.run(u.program, u.module, u.meta, grid.Groups, [3]int{grid.Block, 1, 1}, 0, own); err != nil {
		return &Error{Op: k.Name, Err: err}
	}
	return nil
}

// An Error is why a launch was stopped; it wraps a *sim.Fault.
type Error struct {
	Op  string
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("op %s: %v", e.Op, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Graph runs what record launches: there is nothing to be gained by keeping it.
func (q *queue) Graph(_ device.GraphKey, record func()) { record() }

// Forget has nothing to drop.
func (q *queue) Forget(device.Ptr) {}

// Upload copies to the device.
func (q *queue) Upload(dst device.Ptr, src []byte) {
	if q.skips() || len(src) == 0 {
		return
	}
	to, err := q.d.memory.bytes(dst, len(src))
	copy(to, src)
	q.d.memory.written(dst, len(src))
	q.err = err
}

// Download copies from the device.
func (q *queue) Download(dst []byte, src device.Ptr) {
	if q.skips() || len(dst) == 0 {
		return
	}
	from, err := q.d.memory.bytes(src, len(dst))
	copy(dst, from)
	q.err = err
}

// Copy copies on the device.
func (q *queue) Copy(dst, src device.Ptr, n int) {
	if q.skips() || n == 0 {
		return
	}
	from, err := q.d.memory.bytes(src, n)
	if err == nil {
		var to []byte
		to, err = q.d.memory.bytes(dst, n)
		copy(to, from)
		q.d.memory.written(dst, n)
	}
	q.err = err
}

// Wait gives the first error since the last Wait.
func (q *queue) Wait() error {
	if q.closed {
		return device.ErrClosed
	}
	err := q.err
	q.err = nil
	if e := q.interrupted.Swap(nil); e != nil {
		return *e
	}
	return err
}

// Interrupt makes the queue skip what has not begun, until Wait returns err.
func (q *queue) Interrupt(err error) { q.interrupted.Store(&err) }

// Close does nothing to the device.
func (q *queue) Close() error {
	q.closed = true
	return nil
}
