//go:build !nohip

package hip

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

// maxAlloc refuses sizes that only a mistake can ask for.
const maxAlloc = 1 << 46

// memory is what a device has given out.
type memory struct {
	mu     sync.Mutex
	blocks map[device.Ptr]int
	used   int
}

func (m *memory) add(p device.Ptr, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blocks[p] = n
	m.used += n
}

// remove gives the size of what was given out at p, or 0.
func (m *memory) remove(p device.Ptr) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.blocks[p]
	delete(m.blocks, p)
	m.used -= n
	return n
}

// clear takes all that was given out.
func (m *memory) clear() []device.Ptr {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Collect(maps.Keys(m.blocks))
	clear(m.blocks)
	m.used = 0
	return all
}

func (m *memory) inUse() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// InUse is the number of bytes given out.
func (d *Device) InUse() int { return d.memory.inUse() }

// Available is the free memory that HIP sees, or -1.
func (d *Device) Available() int {
	n := -1
	_ = d.call(func(t *thread) error {
		n = t.available()
		return nil
	})
	return n
}

func (t *thread) available() int {
	free, _, err := t.hip.MemGetInfo()
	if err != nil {
		return -1
	}
	return int(free)
}

// Alloc returns zeroed memory of the GPU. Its zeros are there when it returns,
// for all queues.
func (d *Device) Alloc(n int) (device.Ptr, error) {
	if n <= 0 || n > maxAlloc {
		return 0, &device.MemoryError{Device: d.name, Asked: n, InUse: d.InUse(), Available: d.Available()}
	}
	var p amdhip.Ptr
	err := d.call(func(t *thread) (err error) {
		p, err = t.alloc(n)
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := d.settle(func(t *thread) []*lane { return []*lane{t.main} }); err != nil {
		d.Free(device.Ptr(p))
		return 0, err
	}
	return device.Ptr(p), nil
}

func (t *thread) alloc(n int) (amdhip.Ptr, error) {
	p, err := t.hip.Malloc(uint64(n))
	if errors.Is(err, amdhip.OutOfMemory) {
		return 0, &device.MemoryError{Device: t.d.name, Asked: n, InUse: t.d.InUse(), Available: t.available()}
	}
	if err != nil {
		return 0, err
	}
	if err := t.hip.MemsetAsync(p, 0, uint64(n), t.main.stream); err != nil {
		_ = t.hip.Free(p)
		return 0, err
	}
	t.main.submitted++
	t.d.memory.add(device.Ptr(p), n)
	return p, nil
}

// Free gives memory back when all work that was launched before is done. What
// was not given out is ignored.
func (d *Device) Free(p device.Ptr) {
	n := d.memory.remove(p)
	if n == 0 {
		return
	}
	d.flush()
	_ = d.settle(everything) // a device that is lost does no work any more
	_ = d.request(&request{end: true, answer: make(chan error, 1), work: func(t *thread) error {
		err := t.hip.Free(amdhip.Ptr(p))
		if err != nil {
			t.d.memory.add(p, n) // Close tries again
		}
		return err
	}})
}
