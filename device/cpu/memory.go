package cpu

import (
	"sync"

	"github.com/rocmforge/rocmforge/device"
)

// maxAlloc refuses sizes that only a mistake can ask for.
const maxAlloc = 1 << 46

// memory hands out pages of the system, outside Go's heap, so that addresses
// may be kept as numbers.
type memory struct {
	mu     sync.Mutex
	blocks map[device.Ptr][]byte
	used   int
}

func (m *memory) alloc(n int) (device.Ptr, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n <= 0 || n > maxAlloc {
		return 0, &device.MemoryError{Device: "cpu", Asked: n, InUse: m.used, Available: available()}
	}
	b, err := mapPages(n)
	if err != nil {
		return 0, &device.MemoryError{Device: "cpu", Asked: n, InUse: m.used, Available: available()}
	}
	if m.blocks == nil {
		m.blocks = map[device.Ptr][]byte{}
	}
	p := address(b)
	m.blocks[p] = b
	m.used += n
	return p, nil
}

func (m *memory) free(p device.Ptr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b, ok := m.blocks[p]; ok {
		delete(m.blocks, p)
		m.used -= len(b)
		unmapPages(b)
	}
}

func (m *memory) inUse() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

func (m *memory) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p, b := range m.blocks {
		unmapPages(b)
		delete(m.blocks, p)
	}
	m.used = 0
}
