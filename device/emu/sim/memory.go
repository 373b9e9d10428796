package sim

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A Buffer is memory of the device.
type Buffer struct {
	Name  string
	Base  uint64
	Data  []byte
	Const bool // kernels must not write to it
	// Undefined has the bits of Data that nobody wrote; nil: there are none.
	Undefined []byte

	watch atomic.Pointer[watch] // the checker's; nil: not touched yet
}

// A Memory is a device's address space. Every address belongs to one buffer or
// to none; between buffers there is always room that belongs to none, and
// addresses are not used again, so that a mistake is always seen.
type Memory struct {
	mu   sync.RWMutex
	live []*Buffer // by address
	dead []freed   // the last ones that were freed
	next uint64
}

// freed is what is left of a buffer: its data must not be kept alive.
type freed struct {
	name       string
	base, size uint64
}

const (
	firstAddress = 1 << 32
	redZone      = 64 << 10
	alignment    = 256
	maxDead      = 1024
)

// Add makes a buffer of memory; n bytes at an address that nothing else had.
func (m *Memory) Add(name string, data []byte) *Buffer {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = max(m.next, firstAddress)
	b := &Buffer{Name: name, Base: m.next, Data: data}
	m.next = (m.next + uint64(len(data)) + redZone + alignment - 1) &^ (alignment - 1)
	m.live = append(slices.Clip(m.live), b) // launches keep the list that they have
	return b
}

// Remove takes a buffer out, by its first address.
func (m *Memory) Remove(base uint64) *Buffer {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := slices.BinarySearchFunc(m.live, base, byBase)
	if !ok {
		return nil
	}
	b := m.live[i]
	m.live = slices.Concat(m.live[:i], m.live[i+1:])
	m.dead = append(m.dead, freed{b.Name, b.Base, uint64(len(b.Data))})
	if len(m.dead) > maxDead {
		m.dead = m.dead[1:]
	}
	return b
}

func byBase(b *Buffer, base uint64) int { return cmp.Compare(b.Base, base) }

// Find is the buffer that an address range lies in, or nil.
func (m *Memory) Find(addr uint64, n int) *Buffer {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return find(m.live, addr, n)
}

func find(list []*Buffer, addr uint64, n int) *Buffer {
	i, exact := slices.BinarySearchFunc(list, addr, byBase)
	if !exact {
		i--
	}
	if i < 0 || !list[i].holds(addr, n) {
		return nil
	}
	return list[i]
}

func (b *Buffer) holds(addr uint64, n int) bool {
	off := addr - b.Base
	return off <= uint64(len(b.Data)) && uint64(n) <= uint64(len(b.Data))-off
}

// pointer is where an address lies; the caller knows that it is inside.
func (b *Buffer) pointer(addr uint64) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.Data)), addr-b.Base)
}

// explain says where an address is that no buffer holds.
func (m *Memory) explain(addr uint64, n int) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	what := fmt.Sprintf("%d bytes at %#x", n, addr)
	for _, b := range m.dead {
		if addr >= b.base && addr < b.base+b.size {
			return fmt.Sprintf("%s: byte %d of %s, which was freed", what, addr-b.base, b.name)
		}
	}
	i, exact := slices.BinarySearchFunc(m.live, addr, byBase)
	if !exact {
		i--
	}
	if i >= 0 {
		b := m.live[i]
		if over := addr + uint64(n) - b.Base - uint64(len(b.Data)); over <= redZone {
			return fmt.Sprintf("%s: %d bytes beyond the end of %s (%d bytes at %#x)", what, over, b.Name, len(b.Data), b.Base)
		}
	}
	if i+1 < len(m.live) {
		if b := m.live[i+1]; b.Base-addr <= redZone {
			return fmt.Sprintf("%s: %d bytes before %s (%d bytes at %#x)", what, b.Base-addr, b.Name, len(b.Data), b.Base)
		}
	}
	return what + ": no memory of this device"
}
