//go:build !nohip

package hip

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/mmap"
)

const (
	slots    = 8
	slotSize = 4 << 20
)

// staging is pinned memory that all large uploads of a device go through:
// copying from a mapped file reads the disk, which HIP's copies must not do.
type staging struct {
	mu   sync.Mutex
	free chan *slot // nil: not made yet
}

// slot is one buffer, and the command that copies its content.
type slot struct {
	pinned
	q   *queue
	dst amdhip.Ptr
	n   int
}

// slots makes the buffers when they are used first.
func (d *Device) slots() (chan *slot, error) {
	d.staging.mu.Lock()
	defer d.staging.mu.Unlock()
	if d.staging.free != nil {
		return d.staging.free, nil
	}
	free := make(chan *slot, slots)
	err := d.call(func(t *thread) error {
		for range slots {
			p, err := t.pin(slotSize)
			if err != nil && len(free) == 0 {
				return err
			}
			if err == nil { // fewer are slower, but enough
				free <- &slot{pinned: p}
			}
		}
		return nil
	})
	if err == nil {
		d.staging.free = free
	}
	return free, err
}

// uploadLarge cuts src into pieces that several goroutines fill buffers with.
func (q *queue) uploadLarge(dst amdhip.Ptr, src []byte) error {
	free, err := q.d.slots()
	if err != nil {
		return err
	}
	q.handOver()
	q.mu.Lock()
	q.dirty = true
	q.mu.Unlock()
	u := upload{q: q, dst: dst, src: src, free: free}
	pieces := (len(src) + slotSize - 1) / slotSize
	var others sync.WaitGroup
	for range min(pieces, cap(free), runtime.GOMAXPROCS(0)) - 1 {
		others.Go(u.work)
	}
	u.work()
	others.Wait()
	if e := u.err.Load(); e != nil {
		return *e
	}
	return nil
}

// upload is a large one under way.
type upload struct {
	q    *queue
	dst  amdhip.Ptr
	src  []byte
	free chan *slot
	next atomic.Int64 // the first byte that nobody took
	err  atomic.Pointer[error]
}

func (u *upload) work() {
	for u.err.Load() == nil && !u.q.skips() {
		lo := int(u.next.Add(slotSize)) - slotSize
		if lo >= len(u.src) {
			return
		}
		if err := u.piece(lo, u.src[lo:min(lo+slotSize, len(u.src))]); err != nil {
			u.err.CompareAndSwap(nil, &err)
		}
	}
}

// piece fills a buffer and has it copied.
func (u *upload) piece(at int, src []byte) error {
	s, err := u.slot()
	if err != nil {
		return err
	}
	err = mmap.Guard(func() error {
		copy(s.host, src)
		return nil
	})
	if err != nil {
		u.free <- s
		return err
	}
	s.q, s.dst, s.n = u.q, u.dst+amdhip.Ptr(at), len(src)
	return u.q.d.send(s)
}

func (u *upload) slot() (*slot, error) {
	d := u.q.d
	if d.closing.Load() {
		return nil, device.ErrClosed
	}
	select {
	case s := <-u.free:
		return s, nil
	case <-d.stuck:
		return nil, d.lost.Load()
	case <-d.gone:
		return nil, device.ErrClosed
	}
}

// run copies the buffer; it is free again when that is done.
func (s *slot) run(t *thread) {
	l := s.q.lane
	if !s.q.skips() {
		l.submitted++
		if err := t.hip.MemcpyAsync(s.dst, s.at, uint64(s.n), amdhip.MemcpyHostToDevice, l.stream); err != nil {
			s.q.fail(t.check(err))
		}
	}
	t.await(l, s)
}

func (s *slot) done(t *thread, _ error) { t.d.staging.free <- s }
