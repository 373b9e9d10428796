package emu

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime"
	"sync"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/mmap"
)

// memory is what a device has given out.
type memory struct {
	sim.Memory
	mu     sync.Mutex
	blocks map[device.Ptr]int
	used   int
	made   int // how often Alloc was called
}

// Alloc returns n zeroed bytes. The next byte behind them belongs to nobody.
func (d *Device) Alloc(n int) (device.Ptr, error) { return d.AllocNamed("", n, false) }

// AllocNamed is Alloc for a buffer that reports call by a name; "" is a number.
// The checker takes the bytes of one that is raw for never written, as those of
// a GPU's allocator are.
func (d *Device) AllocNamed(name string, n int, raw bool) (device.Ptr, error) {
	m := &d.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if n <= 0 || n > d.options.Memory-m.used || d.isClosed() {
		return 0, &device.MemoryError{Device: d.Name(), Asked: n, InUse: m.used, Available: d.options.Memory - m.used}
	}
	data, release, err := d.room(n)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", &device.MemoryError{Device: d.Name(), Asked: n, InUse: m.used, Available: -1}, err)
	}
	m.made++
	b := m.Add(cmp.Or(name, fmt.Sprintf("buffer %d", m.made)), data)
	if release != nil {
		runtime.AddCleanup(b, func(release func()) { release() }, release) // no launch can be at it then
	}
	if raw {
		b.Undefined = bytes.Repeat([]byte{0xff}, n)
	}
	if m.blocks == nil {
		m.blocks = map[device.Ptr]int{}
	}
	p := device.Ptr(b.Base)
	m.blocks[p] = n
	m.used += n
	return p, nil
}

// sparseBytes is from where on a buffer of a Sparse device is not Go's.
const sparseBytes = 64 << 20

// room is n zeroed bytes.
func (d *Device) room(n int) (data []byte, release func(), err error) {
	if d.options.Sparse && n >= sparseBytes {
		return mmap.Reserve(n)
	}
	return make([]byte, n), nil, nil
}

// Free gives memory back. What was not given out is ignored.
func (d *Device) Free(p device.Ptr) {
	m := &d.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if n, ok := m.blocks[p]; ok {
		delete(m.blocks, p)
		m.used -= n
		m.Remove(uint64(p))
	}
}

func (m *memory) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p := range m.blocks {
		m.Remove(uint64(p))
	}
	m.blocks, m.used = nil, 0
}

// Watched says that the device itself notices accesses outside its buffers.
func (d *Device) Watched() bool { return true }

// InUse is the number of bytes given out.
func (d *Device) InUse() int {
	d.memory.mu.Lock()
	defer d.memory.mu.Unlock()
	return d.memory.used
}

// Available is what is left of Options.Memory.
func (d *Device) Available() int { return d.options.Memory - d.InUse() }

// bytes are n bytes at an address, or an error.
func (m *memory) bytes(p device.Ptr, n int) ([]byte, error) {
	b := m.Find(uint64(p), n)
	if b == nil {
		return nil, fmt.Errorf("a copy of %d bytes at %#x, which is no memory of the device", n, uint64(p))
	}
	return b.Data[uint64(p)-b.Base:][:n], nil
}

// written says that n bytes at an address have values.
func (m *memory) written(p device.Ptr, n int) {
	if b := m.Find(uint64(p), n); b != nil && b.Undefined != nil {
		clear(b.Undefined[uint64(p)-b.Base:][:n])
	}
}

// Written tells whether n bytes of a buffer, from a byte on, have values.
func (d *Device) Written(p device.Ptr, from, n int) bool {
	b := d.memory.Find(uint64(p)+uint64(from), n)
	return b != nil && !b.AnyUndefined(uint64(p)+uint64(from), n)
}
