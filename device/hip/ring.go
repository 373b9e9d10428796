//go:build !nohip

package hip

import (
	"fmt"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/mmap"
)

const (
	segments    = 4
	segmentSize = 128 << 10
	smallUpload = 64 << 10
	copyAlign   = 64
)

// ring is pinned memory for small uploads: positions, tokens. They take their
// place one behind the other. A segment is used again when all that was in it
// has been copied, which one event tells.
type ring struct {
	pinned
	segments [segments]segment
	now, at  int // the segment in use, and where in it
}

// segment is a part of a ring.
type segment struct {
	released bool          // handed over, and not known to be copied
	copied   chan struct{} // gets one when it is
}

func (r *ring) init() {
	for i := range r.segments {
		r.segments[i].copied = make(chan struct{}, 1)
	}
}

func (s *segment) done(*thread, error) { s.copied <- struct{}{} }

// Upload copies to the GPU, in order with launches. src may be of a mapped
// file.
func (q *queue) Upload(dst device.Ptr, src []byte) {
	if len(src) == 0 || q.stops() || q.records() {
		return
	}
	d := q.d
	d.pinned.RLock()
	defer d.pinned.RUnlock()
	var err error
	switch {
	case d.closing.Load():
		err = device.ErrClosed
	case len(src) <= smallUpload:
		err = q.uploadSmall(amdhip.Ptr(dst), src)
	default:
		err = q.uploadLarge(amdhip.Ptr(dst), src)
	}
	if err != nil {
		q.fail(fmt.Errorf("%s: upload: %w", d.name, err))
	}
}

// Copy buffers a copy on the GPU.
func (q *queue) Copy(dst, src device.Ptr, n int) {
	if n == 0 || q.stops() || q.records() {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.room(1, 0)
	b.items = append(b.items, item{kind: copyOn, dst: amdhip.Ptr(dst), src: amdhip.Ptr(src), n: n})
}

func (q *queue) uploadSmall(dst amdhip.Ptr, src []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	at, err := q.place(len(src))
	if err != nil {
		return err
	}
	err = mmap.Guard(func() error {
		copy(q.ring.host[at:], src)
		return nil
	})
	if err != nil {
		return err
	}
	b := q.room(1, 0)
	b.items = append(b.items, item{kind: copyIn, dst: dst, src: q.ring.pinned.at + amdhip.Ptr(at), n: len(src)})
	return nil
}

// place finds room in the ring. q.mu is held.
func (q *queue) place(n int) (int, error) {
	r := &q.ring
	if r.at+n > segmentSize {
		if err := q.nextSegment(); err != nil {
			return 0, err
		}
	}
	at := r.now*segmentSize + r.at
	r.at = (r.at + n + copyAlign - 1) &^ (copyAlign - 1)
	return at, nil
}

func (q *queue) nextSegment() error {
	r := &q.ring
	full := &r.segments[r.now]
	b := q.room(1, 0)
	b.items = append(b.items, item{kind: release, segment: full})
	full.released = true
	r.now, r.at = (r.now+1)%segments, 0
	s := &r.segments[r.now]
	if !s.released {
		return nil
	}
	q.flush()
	select {
	case <-s.copied:
	case <-q.d.stuck:
		return q.d.lost.Load()
	case <-q.d.gone:
		return device.ErrClosed
	}
	s.released = false
	return nil
}
