package isolated

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/device"
)

const (
	window     = 16       // batches that the child may be behind
	batchBytes = 60 << 10 // at which a batch is sent
)

// queue collects work in batches and sends them. Its owner is one goroutine at
// a time; Free sends what it has collected, from any.
type queue struct {
	d  *Device
	id uint32

	telling     sync.Mutex            // held while an interrupt is sent
	interrupted atomic.Pointer[error] // what the child was interrupted with

	mu          sync.Mutex
	changed     sync.Cond // replies came, or the device is over
	batch       []byte    // a frame
	sent, acked int
	replies     [window]reply // to sent batches, by number
	dirty       bool          // something was given since the last Wait
	failed      error         // the first failure since Wait; all after it is skipped
	closed      bool

	recording *graph // takes launches instead of batch
	graphs    map[device.GraphKey]*graph
	tick      int // counts launches of graphs
}

// reply is what to do when a batch is answered.
type reply struct {
	slot int    // to be free again, and 1; 0: none
	dst  []byte // takes what was downloaded
}

// NewQueue makes a queue in the child.
func (d *Device) NewQueue() (device.Queue, error) {
	q := &queue{d: d, graphs: map[device.GraphKey]*graph{}}
	q.changed.L = &q.mu
	d.mu.Lock()
	d.lastQueue++
	q.id = d.lastQueue
	d.queues[q.id] = q
	d.mu.Unlock()
	q.batch = newFrame(nil, batchFrame, q.id)
	if _, err := d.call(&request{Method: "queue", Queue: q.id}); err != nil {
		d.forget(q)
		return nil, err
	}
	return q, nil
}

func (d *Device) queue(id uint32) *queue {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.queues[id]
}

func (d *Device) forget(q *queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.queues, q.id)
}

// open lists the queues.
func (d *Device) open() []*queue {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Values(d.queues))
}

// settle sends what queues have collected, and waits until the child's queues
// have it.
func (d *Device) settle() {
	for _, q := range d.open() {
		q.mu.Lock()
		q.flush()
		q.await(q.sent)
		q.mu.Unlock()
	}
}

// Launch collects a launch.
func (q *queue) Launch(p device.Program, args []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stops() {
		return
	}
	launch := p.(*program)
	if g := q.recording; g != nil {
		g.add(launch, args)
		return
	}
	q.put(args, launchItem, launch.id, uint64(len(args)))
	q.d.last.add(launched{program: launch})
}

// Copy collects a copy on the device.
func (q *queue) Copy(dst, src device.Ptr, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n > 0 && !q.stops() && !q.records() {
		q.put(nil, copyItem, uint64(dst), uint64(src), uint64(n))
	}
}

// Wait returns when the child's queue has done all work, with the first error
// since the last Wait.
func (q *queue) Wait() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return device.ErrClosed
	}
	told := q.interrupted.Load() // and so was the child
	if q.dirty || told != nil {
		q.ask(reply{}, waitItem)
	}
	err := q.failed
	q.failed = nil
	switch {
	case told != nil:
		q.interrupted.CompareAndSwap(told, nil)
		return *told
	case errors.Is(err, errInterrupted):
		return q.interruption()
	case err == nil && q.over():
		return *q.d.over.Load()
	}
	return err
}

// interruption is what the queue was interrupted with. The child knows it, so
// Interrupt is about to.
func (q *queue) interruption() error {
	q.telling.Lock()
	defer q.telling.Unlock()
	if e := q.interrupted.Swap(nil); e != nil {
		return *e
	}
	return errInterrupted
}

// Interrupt makes both sides skip what has not begun, until Wait returns err.
func (q *queue) Interrupt(err error) {
	q.telling.Lock()
	defer q.telling.Unlock()
	q.d.pipe.say(interruptFrame, q.id, nil)
	q.interrupted.Store(&err)
}

// Close waits for the queue's work and ends it.
func (q *queue) Close() error {
	q.mu.Lock()
	known := !q.closed
	if known && !q.over() {
		q.ask(reply{}, waitItem)
	}
	q.closed = true
	over := q.over()
	q.mu.Unlock()
	if !known {
		return nil
	}
	q.d.forget(q)
	if over {
		return nil // a lost device was told of, and closed
	}
	_, err := q.d.call(&request{Method: "close queue", Queue: q.id})
	return err
}
