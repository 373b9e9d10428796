package isolated

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/rocmforge/rocmforge/device"
)

// request is a call of the child, all but a queue's work.
type request struct {
	Method string
	Config json.RawMessage `json:",omitempty"` // open
	Bytes  int             `json:",omitempty"` // alloc
	Ptr    device.Ptr      `json:",omitempty"` // free
	Queue  uint32          `json:",omitempty"` // queue, close queue
	Op     string          `json:",omitempty"` // bind
	Args   int             `json:",omitempty"` // bind: bytes of them
	Spec   device.Spec     `json:",omitzero"`  // bind
}

// answer is what the child says to a request.
type answer struct {
	Err     *wireError  `json:",omitempty"`
	Name    string      `json:",omitempty"` // open; bind: of the kernels
	Product string      `json:",omitempty"` // open
	Caps    device.Caps `json:",omitzero"`  // open
	Ptr     device.Ptr  `json:",omitempty"` // alloc
	Bytes   int         `json:",omitempty"` // available
	Program uint64      `json:",omitempty"` // bind

	Compiled [2]int `json:",omitzero"` // build: programs, and those of them that were on disk
}

// calls are those without an answer.
type calls struct {
	mu      sync.Mutex
	last    uint32
	waiting map[uint32]*waiting
}

type waiting struct {
	answer   chan answer
	progress chan [2]int // the newest; an older one that nobody took is dropped
}

func (c *calls) add() (uint32, *waiting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = map[uint32]*waiting{}
	}
	c.last++
	w := &waiting{answer: make(chan answer, 1), progress: make(chan [2]int, 1)}
	c.waiting[c.last] = w
	return c.last, w
}

func (c *calls) get(id uint32) *waiting {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting[id]
}

func (c *calls) remove(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// call asks and waits.
func (d *Device) call(r *request) (answer, error) {
	return d.callContext(context.Background(), r, func(int, int) {})
}

// callContext is call for what can be cancelled, and tells how far it is. It
// returns when the child has answered, or is over.
func (d *Device) callContext(ctx context.Context, r *request, progress func(done, total int)) (answer, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return answer{}, err
	}
	id, w := d.calls.add()
	defer d.calls.remove(id)
	d.clock.begin()
	defer d.clock.done()
	d.pipe.say(callFrame, id, text)
	stop := context.AfterFunc(ctx, func() { d.pipe.say(cancelFrame, id, nil) })
	defer stop()
	for {
		select {
		case p := <-w.progress:
			progress(p[0], p[1])
		case a := <-w.answer:
			select {
			case p := <-w.progress: // the last one
				progress(p[0], p[1])
			default:
			}
			return a, a.Err.decode()
		case <-d.ended:
			return answer{}, *d.over.Load()
		}
	}
}

// Alloc has the child allocate.
func (d *Device) Alloc(n int) (device.Ptr, error) {
	a, err := d.call(&request{Method: "alloc", Bytes: n})
	if err != nil {
		return 0, err
	}
	d.inUse.add(a.Ptr, n)
	return a.Ptr, nil
}

// Free gives memory back when the child has all work that was launched before.
func (d *Device) Free(p device.Ptr) {
	if d.inUse.remove(p) {
		d.settle()
		_, _ = d.call(&request{Method: "free", Ptr: p})
	}
}

// InUse is the number of bytes given out.
func (d *Device) InUse() int { return d.inUse.bytes() }

// Available is what the device in the child says, or -1.
func (d *Device) Available() int {
	a, err := d.call(&request{Method: "available"})
	if err != nil {
		return -1
	}
	return a.Bytes
}

// program is an op that the child has bound.
type program struct {
	id   uint64
	name string
}

// String names the kernels.
func (p *program) String() string { return p.name }

// Bind has the child bind the op of that name, which it has to know.
func (d *Device) Bind(k *device.Kernel, s device.Spec) (device.Program, error) {
	a, err := d.call(&request{Method: "bind", Op: k.Name, Args: k.ArgSize, Spec: s})
	if err != nil {
		return nil, err
	}
	return &program{a.Program, a.Name}, nil
}

// Build has the child compile what is bound and not compiled yet.
func (d *Device) Build(ctx context.Context, progress func(done, total int)) error {
	if progress == nil {
		progress = func(int, int) {}
	}
	a, err := d.callContext(ctx, &request{Method: "build"}, progress)
	d.mu.Lock()
	d.compiled = a.Compiled
	d.mu.Unlock()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}

// Compiled says how many programs were compiled, and how many of these were on
// disk already.
func (d *Device) Compiled() (programs, cached int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.compiled[0], d.compiled[1]
}
