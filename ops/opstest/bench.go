package opstest

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
)

// A bench is what one case works on: a queue, and buffers that are watched.
// The first error stays, and everything after it does nothing.
type bench struct {
	device  device.Device
	queue   device.Queue
	buffers []buffer
	err     error
	result  Result
	binding bool // nothing is computed, see Prepare
	guard   int  // bytes on either side of a buffer
}

// A buffer has a guard of canaries on either side.
type buffer struct {
	name  string
	base  device.Ptr // of the guard in front
	bytes int        // between the guards
	// input is what the buffer must still hold at the end, nil if an op may
	// write to it.
	input []byte
}

// guardBytes keeps the alignment of what lies behind it.
const guardBytes = 256

// guardOf is 0 on a device that itself notices each access outside a buffer:
// around exact sizes it notices more than canaries do.
func guardOf(d device.Device) int {
	if w, ok := d.(interface{ Watched() bool }); ok && w.Watched() {
		return 0
	}
	return guardBytes
}

// canary also fills outputs: as float32 it is a NaN, so that an element which
// an op forgot is found.
const canary = 0xff

func (b *bench) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *bench) add(name string, content []byte, readOnly bool) device.Ptr {
	if b.err != nil {
		return 0
	}
	p, err := b.device.Alloc(max(len(content)+2*b.guard, 1))
	if err != nil {
		b.fail(err)
		return 0
	}
	guard, at := bytes.Repeat([]byte{canary}, b.guard), p+device.Ptr(b.guard)
	b.queue.Upload(p, guard)
	b.queue.Upload(at, content)
	b.queue.Upload(at+device.Ptr(len(content)), guard)
	buf := buffer{name: name, base: p, bytes: len(content)}
	if readOnly {
		buf.input = bytes.Clone(content)
	}
	b.buffers = append(b.buffers, buf)
	return at
}

// input uploads values that no op may change.
func input[T any](b *bench, name string, v []T) device.Ptr {
	return b.add(name, asBytes(v), true)
}

// inout uploads values that an op may change.
func inout[T any](b *bench, name string, v []T) device.Ptr {
	return b.add(name, asBytes(v), false)
}

// output makes room for n values, all bits set.
func output[T any](b *bench, name string, n int) device.Ptr {
	return b.add(name, bytes.Repeat([]byte{canary}, n*int(unsafe.Sizeof(*new(T)))), false)
}

// download waits for the queue and reads n values.
func download[T any](b *bench, p device.Ptr, n int) []T {
	v := make([]T, n)
	if b.err == nil && !b.binding {
		b.queue.Download(asBytes(v), p)
		b.wait()
	}
	return v
}

// launch binds an op for its arguments and runs it once.
func launch[A any](b *bench, op *device.Op[A], a A) {
	if b.err != nil {
		return
	}
	bound, err := device.Bind(b.device, op, op.Spec(&a))
	if err != nil {
		b.fail(err)
		return
	}
	bound.Launch(b.queue, &a)
	b.wait()
}

func (b *bench) wait() {
	if err := b.queue.Wait(); err != nil {
		b.fail(err)
	}
}

// checkBuffers fails if a guard or an input changed.
func (b *bench) checkBuffers() {
	if b.binding {
		return
	}
	for _, buf := range b.buffers {
		all := download[byte](b, buf.base, buf.bytes+2*b.guard)
		front, content, back := all[:b.guard], all[b.guard:][:buf.bytes], all[b.guard+buf.bytes:]
		guard := bytes.Repeat([]byte{canary}, b.guard)
		switch {
		case b.err != nil:
			return
		case !bytes.Equal(front, guard):
			b.fail(fmt.Errorf("wrote outside %s: byte %d before it", buf.name, b.guard-firstDifference(front, guard)))
		case !bytes.Equal(back, guard):
			b.fail(fmt.Errorf("wrote outside %s: byte %d behind its %d", buf.name, firstDifference(back, guard), buf.bytes))
		case buf.input != nil && !bytes.Equal(content, buf.input):
			b.fail(fmt.Errorf("wrote to %s, an input, at byte %d of %d", buf.name, firstDifference(content, buf.input), buf.bytes))
		}
	}
}

func firstDifference(a, b []byte) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

func (b *bench) close() {
	for _, buf := range b.buffers {
		b.device.Free(buf.base)
	}
	b.err = errors.Join(b.err, b.queue.Close())
}

func asBytes[T any](v []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(*new(T))))
}
