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
	blocks map[device.Ptr]block
	used   int
}

// block is one allocation: n bytes somewhere in pages of the system.
type block struct {
	pages []byte
	n     int
}

// largePage is the size of the pages that large allocations begin at, so that
// the system can use such pages for all of them.
const largePage = 2 << 20

func (m *memory) alloc(n int) (device.Ptr, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n <= 0 || n > maxAlloc {
		return 0, &device.MemoryError{Device: "cpu", Asked: n, InUse: m.used, Available: available()}
	}
	spare := 0
	if n >= largePage {
		spare = largePage // of addresses: what is never touched takes no memory
	}
	b, err := mapPages(n + spare)
	if err != nil {
		return 0, &device.MemoryError{Device: "cpu", Asked: n, InUse: m.used, Available: available()}
	}
	p := address(b)
	if spare > 0 {
		p = (p + largePage - 1) &^ (largePage - 1)
	}
	if m.blocks == nil {
		m.blocks = map[device.Ptr]block{}
	}
	m.blocks[p] = block{b, n}
	m.used += n
	return p, nil
}

func (m *memory) free(p device.Ptr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b, ok := m.blocks[p]; ok {
		delete(m.blocks, p)
		m.used -= b.n
		unmapPages(b.pages)
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
		unmapPages(b.pages)
		delete(m.blocks, p)
	}
	m.used = 0
}
