package isolated

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/mmap"
)

// inline is how many bytes go through the pipe at most where there is shared
// memory, and at a time where there is none.
const inline = 16 << 10

// Upload copies to the device, in order with launches. src may be of a mapped
// file.
func (q *queue) Upload(dst device.Ptr, src []byte) {
	q.d.copying.RLock()
	defer q.d.copying.RUnlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(src) == 0 || q.stops() || q.records() {
		return
	}
	var err error
	if len(src) <= inline || q.d.shared.memory == nil {
		err = q.uploadInline(dst, src)
	} else {
		err = q.uploadShared(dst, src)
	}
	if err != nil {
		q.fail(fmt.Errorf("%s: upload: %w", q.d.name, err))
	}
}

func (q *queue) uploadInline(dst device.Ptr, src []byte) error {
	for at := 0; at < len(src); at += inline {
		part := src[at:min(at+inline, len(src))]
		q.room(len(part))
		before := q.batch
		err := mmap.Guard(func() error {
			q.put(part, uploadItem, uint64(dst)+uint64(at), uint64(len(part)))
			return nil
		})
		if err != nil {
			q.batch = before
			return err
		}
	}
	return nil
}

// uploadShared cuts src into pieces that several goroutines fill slots with.
func (q *queue) uploadShared(dst device.Ptr, src []byte) error {
	q.flush()
	u := upload{q: q, dst: dst, src: src}
	q.outside(func() {
		var others sync.WaitGroup
		for range min((len(src)+slotSize-1)/slotSize, slots, runtime.GOMAXPROCS(0)) - 1 {
			others.Go(u.work)
		}
		u.work()
		others.Wait()
	})
	if e := u.err.Load(); e != nil {
		return *e
	}
	return nil
}

// upload is one through shared memory, under way.
type upload struct {
	q    *queue
	dst  device.Ptr
	src  []byte
	next atomic.Int64 // the first byte that nobody took
	err  atomic.Pointer[error]
}

func (u *upload) work() {
	for u.err.Load() == nil {
		lo := int(u.next.Add(slotSize)) - slotSize
		if lo >= len(u.src) {
			return
		}
		if err := u.piece(lo, u.src[lo:min(lo+slotSize, len(u.src))]); err != nil {
			u.err.CompareAndSwap(nil, &err)
		}
	}
}

// piece fills a slot and has it copied.
func (u *upload) piece(at int, src []byte) error {
	d := u.q.d
	i, err := d.slot()
	if err != nil {
		return err
	}
	err = mmap.Guard(func() error {
		copy(d.shared.memory[i*slotSize:], src)
		return nil
	})
	if err != nil {
		d.shared.free <- i
		return err
	}
	u.q.fromSlot(u.dst+device.Ptr(at), i, len(src))
	return nil
}

func (q *queue) fromSlot(dst device.Ptr, slot, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.space()
	if q.stops() {
		q.d.shared.free <- slot
		return
	}
	q.put(nil, fromSlotItem, uint64(dst), uint64(slot), uint64(n)) // the batch is short, so it stays
	q.send(reply{slot: slot + 1})
}

// slot waits for one that nobody uses.
func (d *Device) slot() (int, error) {
	select {
	case i := <-d.shared.free:
		return i, nil
	case <-d.ended:
		return 0, *d.over.Load()
	}
}

// Download waits for the work before it and copies to dst. If that work failed
// or was interrupted, dst stays as it is.
func (q *queue) Download(dst []byte, src device.Ptr) {
	q.d.copying.RLock()
	defer q.d.copying.RUnlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.records() {
		return
	}
	shared := len(dst) > inline && q.d.shared.memory != nil
	for len(dst) > 0 && !q.stops() {
		n := min(len(dst), inline)
		if shared {
			n = min(len(dst), slotSize)
			q.toSlot(dst[:n], src)
		} else {
			q.ask(reply{dst: dst[:n]}, downloadItem, uint64(src), uint64(n))
		}
		dst, src = dst[n:], src+device.Ptr(n)
	}
}

// toSlot downloads through shared memory.
func (q *queue) toSlot(dst []byte, src device.Ptr) {
	var i int
	var err error
	q.outside(func() { i, err = q.d.slot() })
	if err != nil {
		return // Wait will tell
	}
	q.ask(reply{}, toSlotItem, uint64(src), uint64(i), uint64(len(dst)))
	if q.failed == nil && !q.over() {
		copy(dst, q.d.shared.memory[i*slotSize:])
	}
	q.d.shared.free <- i
}
