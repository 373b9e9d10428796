//go:build !nohip

package hip

import (
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"unsafe"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

const (
	batchItems = 256
	batchArgs  = 64 << 10 // bytes of arguments; one launch's fit in any case
	argsAlign  = 16
)

// batch is work on its way to the thread. It is used again and again, so that
// a launch allocates nothing.
type batch struct {
	q     *queue
	items []item
	args  []byte
	full  bool // more follows at once
}

type kind uint8

const (
	launch  kind = iota // step, grid, block, args[at:at+n]
	replay              // graph
	copyIn              // n pinned bytes at src to dst
	copyOn              // n bytes of the device at src to dst
	release             // segment
)

// item is one piece of work.
type item struct {
	kind     kind
	block    uint32
	grid     amdhip.Dim3
	at, n    int
	step     *step
	graph    *graph
	segment  *segment
	dst, src amdhip.Ptr
}

func newBatch(q *queue) *batch {
	return &batch{q: q, items: make([]item, 0, batchItems), args: make([]byte, 0, batchArgs)}
}

// room is the batch to add to, with room for so much. q.mu is held.
func (q *queue) room(items, args int) *batch {
	if b := q.recording; b != nil { // grows
		b.items = slices.Grow(b.items, items)
		b.args = slices.Grow(b.args, args+argsAlign)
		return b
	}
	if b := q.batch; len(b.items)+items > cap(b.items) || len(b.args)+argsAlign+args > cap(b.args) {
		b.full = true
		q.flush()
	}
	return q.batch
}

// put copies arguments and says where they are.
func (b *batch) put(args []byte) int {
	at := (len(b.args) + argsAlign - 1) &^ (argsAlign - 1)
	b.args = append(b.args[:at], args...)
	return at
}

// add buffers a program's launches, all of them or none.
func (q *queue) add(p *program, args []byte) {
	if len(args) != p.kernel.ArgSize {
		panic(fmt.Sprintf("%d bytes of arguments, not %d", len(args), p.kernel.ArgSize))
	}
	b := q.room(len(p.steps), len(args))
	before, at := len(b.args), b.put(args)
	copied := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.args)), at)
	if p.kernel.Items(copied) <= 0 {
		b.args = b.args[:before]
		return
	}
	items := b.items
	for i := range p.steps {
		s := &p.steps[i]
		if grid, block := shape(s.grid(copied)); grid.X != 0 {
			items = append(items, item{kind: launch, step: s, grid: grid, block: block, at: at, n: p.bytes})
		}
	}
	b.items = items
}

// launched ends Launch: a panic in an op's Go code is the launch's error.
func (q *queue) launched(k *device.Kernel) {
	if r := recover(); r != nil {
		q.err = &device.LaunchError{Op: k.Name, Value: r, Stack: debug.Stack()}
	}
	q.mu.Unlock()
}

// Limits of HIP, the same on all GPUs.
const (
	maxBlock   = 1024
	maxGroupYZ = math.MaxUint16
)

// shape checks a launch's shape. One without groups has an empty grid.
func shape(g device.Grid) (grid amdhip.Dim3, block uint32) {
	x, y, z := g.Groups[0], g.Groups[1], g.Groups[2]
	if g.Block < 1 || g.Block > maxBlock || min(x, y, z) < 0 || y > maxGroupYZ || z > maxGroupYZ || x > math.MaxUint32/g.Block {
		panic(fmt.Sprintf("no GPU takes a grid of %v groups of %d threads", g.Groups, g.Block))
	}
	if x == 0 || y == 0 || z == 0 {
		return amdhip.Dim3{}, 0
	}
	return amdhip.Dim3{X: uint32(x), Y: uint32(y), Z: uint32(z)}, uint32(g.Block)
}

// run gives the batch to HIP, and back to its queue.
func (b *batch) run(t *thread) {
	q := b.q
	for i := range b.items {
		it := &b.items[i]
		if it.kind == release {
			t.await(q.lane, it.segment)
			continue
		}
		if q.skips() {
			continue
		}
		if err := t.do(b, it); err != nil {
			q.fail(t.check(err))
		}
	}
	if b.full { // an event here and there shows the watchdog that there is progress
		t.await(q.lane, nobody{})
	}
	b.items, b.args, b.full = b.items[:0], b.args[:0], false
	q.unused <- b
}

// do gives one piece of work to HIP.
func (t *thread) do(b *batch, it *item) error {
	l := b.q.lane
	l.submitted++
	switch it.kind {
	case launch:
		return t.launch(b, it)
	case replay:
		t.last.add(launched{graph: it.graph})
		return t.hip.GraphLaunch(it.graph.exec, l.stream)
	case copyOn:
		return t.hip.MemcpyAsync(it.dst, it.src, uint64(it.n), amdhip.MemcpyDeviceToDevice, l.stream)
	default:
		return t.hip.MemcpyAsync(it.dst, it.src, uint64(it.n), amdhip.MemcpyHostToDevice, l.stream)
	}
}

func (t *thread) launch(b *batch, it *item) error {
	u := it.step.unit
	t.last.add(launched{unit: u})
	return t.launcher.ModuleLaunchKernel(u.function, it.grid, amdhip.Dim3{X: it.block, Y: 1, Z: 1}, 0, b.q.lane.stream, b.args[it.at:it.at+it.n])
}

// nobody waits only to have the wait.
type nobody struct{}

func (nobody) done(*thread, error) {}
