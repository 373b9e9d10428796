package runtime

import (
	"context"
	"sync"
	"time"

	"github.com/rocmforge/rocmforge/device"
)

// CopyRate measures how many bytes per second the model's device reads and
// writes when it copies its own memory: 2 GiB of it, or a quarter of what is
// free; on the CPU 256 MiB, with as many threads as it computes with.
func (m *Model) CopyRate() (rate float64, err error) {
	defer contain(&err)
	if m.passes == nil {
		return 0, ErrClosed
	}
	if err := m.enter(context.Background(), nil); err != nil {
		return 0, err
	}
	defer m.leave()
	if c := m.dev.Caps(); c.Host {
		return hostCopyRate(c.Workers), nil
	}
	limit := 1 << 30
	if free := m.dev.Available(); free >= 0 {
		limit = min(limit, free/8&^0xffff)
	}
	if limit == 0 {
		return 0, &device.MemoryError{Device: m.dev.Name(), Asked: 1 << 16, InUse: m.dev.InUse(), Available: m.dev.Available()}
	}
	// Slow memory gives a good figure with less of it.
	n := min(limit, 64<<20)
	if rate, err = m.copyRate(n); err == nil && n < limit && float64(2*n) < rate/200 {
		return m.copyRate(limit)
	}
	return rate, err
}

// copyRate copies n bytes.
func (m *Model) copyRate(n int) (_ float64, err error) {
	var blocks [2]device.Ptr
	for i := range blocks {
		if blocks[i], err = m.dev.Alloc(n); err != nil {
			return 0, faultError(m.dev, err)
		}
		defer m.dev.Free(blocks[i])
	}
	return fastest(func(rounds int) (int, error) {
		for range rounds {
			m.queue.Copy(blocks[1], blocks[0], n)
		}
		return rounds * 2 * n, m.blame(m.queue.Wait())
	})
}

// hostCopyRate copies memory far larger than the CPU's caches.
func hostCopyRate(threads int) float64 {
	const size = 128 << 20
	src, dst := make([]byte, size), make([]byte, size)
	for i := range src {
		src[i] = byte(i) // pages of zeros may all be one page
	}
	copy(dst, src)
	rate, _ := fastest(func(rounds int) (int, error) {
		var all sync.WaitGroup
		for t := range threads {
			lo, hi := t*size/threads, (t+1)*size/threads
			all.Go(func() {
				for range rounds {
					copy(dst[lo:hi], src[lo:hi])
				}
			})
		}
		all.Wait()
		return rounds * 2 * size, nil
	})
	return rate
}

// fastest is the best rate of five runs, or of as many as begin within a
// second. A run says how many bytes it moved. It has more rounds where one is
// so short that its beginning and its end would count.
func fastest(run func(rounds int) (bytes int, err error)) (rate float64, err error) {
	rounds, begin := 1, time.Now()
	for n := 0; n == 0 || n < 5 && time.Since(begin) < time.Second; n++ {
		start := time.Now()
		bytes, err := run(rounds)
		if err != nil {
			return 0, err
		}
		took := time.Since(start)
		rate = max(rate, float64(bytes)/took.Seconds())
		if took < 50*time.Millisecond {
			rounds = 10
		}
	}
	return rate, nil
}
