//go:build !nohip

package hip

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

// batches is how many a queue has: while the thread works through one, the
// next is filled.
const batches = 3

// queue collects work in batches and hands them to the thread. Its owner is
// one goroutine at a time.
type queue struct {
	d    *Device
	lane *lane // the thread's

	failed      atomic.Pointer[error] // the first failure since Wait; all after it is skipped
	interrupted atomic.Pointer[error]
	err         error // a failure on the owner's side
	closed      bool

	mu        sync.Mutex // held to change what follows: Free hands batches over, too
	batch     *batch
	unused    chan *batch
	dirty     bool   // something was handed over since the last Wait
	recording *batch // takes launches instead of batch

	ring   ring
	down   pinned
	graphs map[device.GraphKey]*graph
	tick   int // counts graph launches

	reply    chan error
	asking   asking
	fetching fetching
}

// pinned is host memory that HIP gave.
type pinned struct {
	at   amdhip.Ptr
	host []byte
}

func newQueue(d *Device) *queue {
	q := &queue{d: d, unused: make(chan *batch, batches), graphs: map[device.GraphKey]*graph{}, reply: make(chan error, 1)}
	q.asking.q, q.fetching.q = q, q
	for range batches {
		q.unused <- newBatch(q)
	}
	q.batch = <-q.unused
	return q
}

// open makes the queue's stream and memory, on the thread.
func (q *queue) open(t *thread) (err error) {
	if q.lane, err = t.newLane(); err != nil {
		return err
	}
	if q.ring.pinned, err = t.pin(segments * segmentSize); err == nil {
		q.down, err = t.pin(downloadSize)
	}
	if err != nil {
		_ = q.release(t)
	}
	q.ring.init()
	return err
}

// release frees what open made, on the thread.
func (q *queue) release(t *thread) error {
	return firstError(t.closeLane(q.lane), t.unpin(q.ring.pinned), t.unpin(q.down))
}

// skips tells whether work is not to begin.
func (q *queue) skips() bool {
	return q.failed.Load() != nil || q.interrupted.Load() != nil || q.d.lost.Load() != nil
}

// stops is skips for the owner.
func (q *queue) stops() bool { return q.closed || q.err != nil || q.skips() }

// fail notes the first failure; all that follows is skipped.
func (q *queue) fail(err error) { q.failed.CompareAndSwap(nil, &err) }

// Launch buffers a program's kernels. A program that is not built yet is.
func (q *queue) Launch(p device.Program, args []byte) {
	if q.stops() {
		return
	}
	program := p.(*program)
	if !program.ready.Load() {
		if err := q.d.Build(context.Background(), nil); err != nil {
			q.err = err
			return
		}
	}
	q.mu.Lock()
	defer q.launched(program.kernel)
	q.add(program, args)
}

// flush hands the batch over. q.mu is held.
func (q *queue) flush() {
	if len(q.batch.items) == 0 {
		return
	}
	q.dirty = true
	err := q.d.send(q.batch)
	if err == nil {
		q.batch, err = q.d.next(q)
	}
	if err != nil {
		q.batch = newBatch(q) // what becomes of the other is not known
		q.fail(err)
	}
}

// next waits until the thread has worked a batch off.
func (d *Device) next(q *queue) (*batch, error) {
	select {
	case b := <-q.unused:
		return b, nil
	case <-d.stuck:
		return nil, d.lost.Load()
	case <-d.gone:
		return nil, device.ErrClosed
	}
}

// handOver flushes, and tells whether there is work that nobody waited for.
func (q *queue) handOver() (dirty bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flush()
	return q.dirty
}

// ask sends a command that replies to the queue.
func (q *queue) ask(c command) error {
	if err := q.d.send(c); err != nil {
		return err
	}
	return q.d.receive(q.reply)
}

// asking asks for the end of the queue's work.
type asking struct{ q *queue }

func (a *asking) run(t *thread) { t.await(a.q.lane, a.q) }

// done answers ask.
func (q *queue) done(_ *thread, err error) {
	select {
	case q.reply <- err:
	default: // nobody asks any more
	}
}

// Wait returns when all work is done, with the first error since the last
// Wait: what Interrupt was given, a *Fault, or a *device.LaunchError.
func (q *queue) Wait() error {
	if q.closed {
		return device.ErrClosed
	}
	var err error
	if q.handOver() {
		err = q.ask(&q.asking)
		q.clean()
	}
	own, failed := q.err, q.failed.Swap(nil)
	q.err = nil
	if e := q.interrupted.Swap(nil); e != nil {
		return *e
	}
	if failed != nil {
		return *failed
	}
	if f := q.d.lost.Load(); f != nil {
		return f
	}
	return firstError(err, own)
}

// clean notes that there is nothing to wait for.
func (q *queue) clean() {
	q.mu.Lock()
	q.dirty = false
	q.mu.Unlock()
}

// Interrupt makes the queue skip what has not begun, until Wait returns err.
// What the GPU was given already ends by itself.
func (q *queue) Interrupt(err error) { q.interrupted.Store(&err) }

// Close waits for the queue's work and frees what it has.
func (q *queue) Close() error {
	q.d.mu.Lock()
	known := q.d.queues[q]
	delete(q.d.queues, q)
	q.d.mu.Unlock()
	if !known {
		q.closed = true
		return nil
	}
	if q.handOver() {
		_ = q.ask(&q.asking) // Wait would have told
	}
	q.closed = true
	return q.d.request(&request{end: true, work: q.release, answer: make(chan error, 1)})
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
