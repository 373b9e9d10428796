package runtime

import (
	"time"

	"github.com/rocmforge/rocmforge/device"
)

// CopyRate measures how many bytes per second the model's device reads and
// writes when it copies its own memory: 2 GiB of it, or a quarter of what is
// free.
func (m *Model) CopyRate() (rate float64, err error) {
	defer contain(&err)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, ErrClosed
	}
	n := 1 << 30
	if free := m.dev.Available(); free >= 0 {
		n = min(n, free/8&^0xffff)
	}
	var blocks [2]device.Ptr
	for i := range blocks {
		if blocks[i], err = m.dev.Alloc(n); err != nil {
			return 0, err
		}
		defer m.dev.Free(blocks[i])
	}
	for range 5 {
		const rounds = 10
		start := time.Now()
		for range rounds {
			m.queue.Copy(blocks[1], blocks[0], n)
		}
		if err := m.queue.Wait(); err != nil {
			return 0, m.blame(err)
		}
		rate = max(rate, rounds*2*float64(n)/time.Since(start).Seconds())
	}
	return rate, nil
}
