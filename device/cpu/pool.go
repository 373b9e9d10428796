package cpu

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
)

// spins is how often an idle worker looks for work before it parks: long
// enough to bridge the gap between two ops of a decode step (a few
// microseconds), short enough that an idle model costs nothing.
const spins = 20000

// pool is the worker threads. One kernel runs at a time; its caller works
// along as worker 0.
type pool struct {
	mu      sync.Mutex // held by the goroutine whose kernel runs
	workers []*worker
	closed  bool

	// The kernel under way. Written before epoch moves, read after.
	kernel *device.Kernel
	args   unsafe.Pointer
	items  int
	chunk  int

	epoch   atomic.Uint32 // moves when a kernel starts, and at close
	next    atomic.Int64  // the first item that nobody took yet
	pending atomic.Int32  // workers that still may touch the kernel
	fault   atomic.Pointer[device.LaunchError]
	done    sync.WaitGroup
}

type worker struct {
	parked atomic.Bool
	wake   chan struct{}
}

func newPool(threads int) *pool {
	p := &pool{}
	for range threads - 1 {
		w := &worker{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		p.done.Add(1)
		go p.work(w)
	}
	return p
}

// run executes a kernel and returns when every item is done.
func (p *pool) run(k *device.Kernel, args unsafe.Pointer) error {
	items := k.Items(args)
	if items <= 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return device.ErrClosed
	}
	p.kernel, p.args, p.items = k, args, items
	threads := len(p.workers) + 1
	p.chunk = max(k.Grain, items/(threads*4), 1)
	p.next.Store(0)
	if items <= p.chunk || len(p.workers) == 0 {
		p.share()
	} else {
		p.pending.Store(int32(len(p.workers)))
		p.start()
		p.share()
		p.await()
	}
	p.kernel, p.args = nil, nil
	if e := p.fault.Swap(nil); e != nil {
		return e
	}
	return nil
}

// start lets the workers see the kernel.
func (p *pool) start() {
	p.epoch.Add(1)
	for _, w := range p.workers {
		if w.parked.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
	}
}

// await spins: the others are at most one chunk behind.
func (p *pool) await() {
	for i := 0; p.pending.Load() != 0; i++ {
		if i&63 == 63 {
			runtime.Gosched()
		}
	}
}

// share takes chunks until none is left. A panic, or a fault on a mapped file
// that was cut short, becomes the launch's error.
func (p *pool) share() {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			p.fault.CompareAndSwap(nil, &device.LaunchError{Op: p.kernel.Name, Value: r, Stack: debug.Stack()})
			p.next.Store(int64(p.items))
		}
	}()
	for {
		lo := int(p.next.Add(int64(p.chunk))) - p.chunk
		if lo >= p.items {
			return
		}
		p.kernel.Host(p.args, lo, min(lo+p.chunk, p.items))
	}
}

// work is a worker's life.
func (p *pool) work(w *worker) {
	defer p.done.Done()
	for seen := uint32(0); ; {
		seen = p.nextEpoch(w, seen)
		if p.closed {
			return
		}
		p.share()
		p.pending.Add(-1)
	}
}

// nextEpoch waits until the epoch moves on from seen: first spinning, then
// parked.
func (p *pool) nextEpoch(w *worker, seen uint32) uint32 {
	for i := 1; ; i++ {
		if e := p.epoch.Load(); e != seen {
			return e
		}
		if i%64 == 0 {
			runtime.Gosched()
		}
		if i%spins != 0 {
			continue
		}
		w.parked.Store(true)
		if p.epoch.Load() != seen && w.parked.CompareAndSwap(true, false) {
			continue // work came while we lay down, and nobody will wake us
		}
		<-w.wake
	}
}

func (p *pool) close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		p.start()
	}
	p.mu.Unlock()
	p.done.Wait()
}
