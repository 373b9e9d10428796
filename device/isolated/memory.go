package isolated

import (
	"sync"

	"github.com/rocmforge/rocmforge/device"
)

// memory is what was given out.
type memory struct {
	mu     sync.Mutex
	blocks map[device.Ptr]int
	used   int
}

func (m *memory) add(p device.Ptr, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blocks == nil {
		m.blocks = map[device.Ptr]int{}
	}
	m.blocks[p] = n
	m.used += n
}

func (m *memory) remove(p device.Ptr) (known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, known := m.blocks[p]
	delete(m.blocks, p)
	m.used -= n
	return known
}

func (m *memory) bytes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}
