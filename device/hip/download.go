//go:build !nohip

package hip

import (
	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

const downloadSize = 1 << 20

// Download waits for the work before it and copies to dst. If that work failed
// or was interrupted, dst stays as it is.
func (q *queue) Download(dst []byte, src device.Ptr) {
	if len(dst) == 0 || q.stops() || q.records() {
		return
	}
	q.d.pinned.RLock()
	defer q.d.pinned.RUnlock()
	if q.d.closing.Load() {
		q.fail(device.ErrClosed)
		return
	}
	q.handOver()
	for at := 0; at < len(dst); at += downloadSize {
		part := dst[at:min(at+downloadSize, len(dst))]
		if !q.fetch(part, amdhip.Ptr(src)+amdhip.Ptr(at)) {
			return
		}
	}
	q.clean()
}

// fetch copies what fits into the queue's pinned buffer.
func (q *queue) fetch(dst []byte, src amdhip.Ptr) bool {
	q.fetching.src, q.fetching.n = src, len(dst)
	if err := q.ask(&q.fetching); err != nil {
		if err != errSkipped {
			q.fail(err)
		}
		return false
	}
	copy(dst, q.down.host)
	return true
}

// fetching is the command that copies to the queue's pinned buffer.
type fetching struct {
	q   *queue
	src amdhip.Ptr
	n   int
}

func (f *fetching) run(t *thread) {
	q := f.q
	if q.skips() {
		q.done(t, errSkipped)
		return
	}
	q.lane.submitted++
	err := t.hip.MemcpyAsync(q.down.at, f.src, uint64(f.n), amdhip.MemcpyDeviceToHost, q.lane.stream)
	if err != nil {
		q.done(t, t.check(err))
		return
	}
	t.await(q.lane, q)
}
