package sim

import (
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Launch is a kernel to run.
type Launch struct {
	Program  *Program
	Memory   *Memory
	CodeBase uint64 // where the code object lies in Memory
	Groups   [3]int
	Block    [3]int // work items of a group
	Args     []byte // the kernel's own; hidden ones are filled in
	Hidden   []Hidden
	ArgBytes int // of all arguments
	LDS      int // dynamic bytes beside the kernel's own
	Check    bool
	Workers  int                   // goroutines; 0: one per CPU
	Count    *Count                // counts what is executed; may be nil
	Progress func(done, total int) // is told of each group that is done; may be nil

	Profile *Profile        // counts what some groups do; may be nil. It is not there with Check
	Done    <-chan struct{} // when closed, no group begins any more; may be nil
}

// Hidden is an argument that the runtime fills in, by the name that the
// metadata have for it.
type Hidden struct {
	Kind         string
	Offset, Size int
}

// items is how many work items a group has.
func (l *Launch) items() int { return l.Block[0] * l.Block[1] * l.Block[2] }

// launch is a Launch under way.
type launch struct {
	*Launch
	program  *Program
	lds      int
	args     *Buffer
	packet   *Buffer
	codeBase uint64
	live     []*Buffer
	number   uint32 // tells launches apart
	total    int64  // groups
	workers  int64

	mu       sync.Mutex
	finished int // groups, told to Progress

	next  atomic.Int64
	first atomic.Pointer[failure]
}

// failure is the fault of the group with the least number of those that failed,
// which is the one that is reported. What happens within a group is the same in
// every run; of groups that race, which one notices is chance if there are
// several workers.
type failure struct {
	group int64
	fault error
}

var launches atomic.Uint32

// Run executes a launch. Its error is a *Fault if the kernel was stopped.
func (l *Launch) Run() error {
	run, err := l.prepare()
	if err != nil {
		return err
	}
	defer l.Memory.Remove(run.args.Base)
	defer l.Memory.Remove(run.packet.Base)
	if l.Profile != nil {
		defer l.Profile.finish()
	}
	var wg sync.WaitGroup
	for range run.workers {
		wg.Go(run.work)
	}
	wg.Wait()
	if f := run.first.Load(); f != nil {
		return f.fault
	}
	return nil
}

// What a launch can be. Grids of more than 1<<32-1 work items a side no packet
// describes; the other bounds are of the hardware, or keep memory and time in
// reason.
const (
	maxBlock   = 1024
	maxGroups  = 1 << 40
	maxLDS     = 160 << 10
	maxScratch = 16 << 30 // bytes of all workers
)

// A LaunchError is a launch that no GPU of this kind takes.
type LaunchError struct {
	What   string // "grid", "block" or "lds"
	Kernel string
	Detail string
}

func (e *LaunchError) Error() string { return fmt.Sprintf("kernel %s: %s", e.Kernel, e.Detail) }

// check refuses what cannot be run.
func (l *launch) check() error {
	name := l.Program.Kernel.Name
	refuse := func(what, format string, args ...any) error {
		return &LaunchError{what, name, fmt.Sprintf(format, args...)}
	}
	for _, n := range l.Block {
		if n <= 0 || n > maxBlock || l.items() > maxBlock {
			return refuse("block", "groups of %v work items", l.Block)
		}
	}
	l.total = 1
	for i, n := range l.Groups {
		side := int64(n) * int64(l.Block[i])
		if n <= 0 || n > 1<<31-1 || side > 1<<32-1 || int64(n) > maxGroups/l.total {
			return refuse("grid", "a grid of %v groups of %v work items", l.Groups, l.Block)
		}
		l.total *= int64(n)
	}
	if own := l.program.Kernel.Descriptor.LDS; l.LDS < 0 || own < 0 || own > maxLDS || l.LDS > maxLDS-own {
		return refuse("lds", "%d and %d more bytes of LDS; a group has %d", own, l.LDS, maxLDS)
	}
	l.lds = l.program.Kernel.Descriptor.LDS + l.LDS
	if p := l.Profile; p != nil && p.Groups != nil {
		if err := p.check(l.total); err != nil {
			return fmt.Errorf("kernel %s: %w", name, err)
		}
		l.total = int64(len(p.Groups))
	}
	if l.workers = int64(l.Workers); l.workers <= 0 {
		l.workers = int64(runtime.GOMAXPROCS(0))
	}
	l.workers = min(l.workers, l.total)
	if n := int64(l.program.scratch()); n < 0 || n > maxScratch/maxBlock/l.workers {
		return fmt.Errorf("kernel %s: %d bytes of scratch memory for each work item of %d groups at once", name, n, l.workers)
	}
	if m := l.Program.Kernel.Descriptor.FloatMode(); m != 0xf0 {
		return &Fault{Kind: "not implemented", Detail: fmt.Sprintf("rounding and denormals as in mode %#x", m), Kernel: name, Wave: -1, Lane: -1}
	}
	return nil
}

func (l *Launch) prepare() (*launch, error) {
	run := &launch{Launch: l, program: l.Program, codeBase: l.CodeBase, number: launches.Add(1)}
	if err := run.check(); err != nil {
		return nil, err
	}
	run.args = l.Memory.Add("the kernel's arguments", l.arguments())
	run.packet = l.Memory.Add("the dispatch packet", l.packet())
	run.args.Const, run.packet.Const = true, true
	if l.Profile != nil {
		if err := l.Profile.prepare(l.Program, l.Memory); err != nil {
			return nil, err
		}
	}
	l.Memory.mu.RLock()
	run.live = l.Memory.live
	l.Memory.mu.RUnlock()
	return run, nil
}

// arguments is the segment of kernel arguments.
func (l *Launch) arguments() []byte {
	b := make([]byte, max(len(l.Args), l.ArgBytes, 4))
	copy(b, l.Args)
	for _, h := range l.Hidden {
		if h.Offset >= 0 && h.Size > 0 && h.Offset+h.Size <= len(b) {
			var word [8]byte
			binary.LittleEndian.PutUint64(word[:], l.hidden(h.Kind))
			copy(b[h.Offset:][:h.Size], word[:])
		}
	}
	return b
}

func (l *Launch) hidden(kind string) uint64 {
	switch kind {
	case "hidden_block_count_x":
		return uint64(l.Groups[0])
	case "hidden_block_count_y":
		return uint64(l.Groups[1])
	case "hidden_block_count_z":
		return uint64(l.Groups[2])
	case "hidden_group_size_x":
		return uint64(l.Block[0])
	case "hidden_group_size_y":
		return uint64(l.Block[1])
	case "hidden_group_size_z":
		return uint64(l.Block[2])
	case "hidden_grid_dims":
		return 3
	case "hidden_dynamic_lds_size":
		return uint64(l.LDS)
	case "hidden_shared_base":
		return sharedAperture
	case "hidden_private_base":
		return privateAperture
	}
	return 0
}

// packet is the dispatch packet (HSA Platform System Architecture 2.9.6).
func (l *Launch) packet() []byte {
	b := make([]byte, 64)
	binary.LittleEndian.PutUint16(b[2:], 3)
	for i, n := range l.Block {
		binary.LittleEndian.PutUint16(b[4+2*i:], uint16(n))
		binary.LittleEndian.PutUint32(b[12+4*i:], uint32(l.Groups[i]*n))
	}
	binary.LittleEndian.PutUint32(b[28:], uint32(l.Program.Kernel.Descriptor.LDS+l.LDS))
	return b
}

// work runs groups until none is left or one failed.
func (l *launch) work() {
	var g *group
	if err := l.try(func() { g = newGroup(l) }); err != nil {
		l.fail(&failure{-1, err}) // before all groups
		return
	}
	defer func(start time.Time) { l.Count.add(l.program, g, time.Since(start)) }(time.Now())
	if g.tally != nil {
		defer l.Profile.add(g.tally)
	}
	for {
		n := l.next.Add(1) - 1
		// a group before the one that failed may fail, too, and is reported then
		if f := l.first.Load(); n >= l.total || f != nil && f.group < n || l.done() {
			return
		}
		if err := l.try(func() { g.run(l.group(n)) }); err != nil {
			l.fail(&failure{n, err})
		} else if g.tally != nil {
			g.tally.end()
		}
		l.progress()
	}
}

func (l *launch) progress() {
	if l.Progress != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.finished++
		l.Progress(l.finished, int(l.total))
	}
}

func (l *launch) fail(f *failure) {
	for {
		old := l.first.Load()
		if old != nil && old.group < f.group || l.first.CompareAndSwap(old, f) {
			return
		}
	}
}

// try gives the fault that stops do.
func (l *launch) try(do func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if f, ok := r.(*Fault); ok {
				err = f
				return
			}
			err = fmt.Errorf("the emulator itself failed in kernel %s: %v\n%s", l.program.Kernel.Name, r, debug.Stack())
		}
	}()
	do()
	return nil
}

// locate says where in the kernel a fault is.
func (l *launch) locate(f *Fault, pc int) {
	f.Kernel = l.program.Kernel.Name
	if pc >= 0 && pc < len(l.program.insts) {
		in := &l.program.insts[pc]
		f.Addr, f.Text = in.addr, in.text
		f.Source, f.Callers = l.program.place(in.addr)
	}
}

// Count is what was executed, over all launches.
type Count struct {
	mu    sync.Mutex
	Steps uint64            // instructions of waves
	Lanes uint64            // the same, times the lanes of a wave
	Ops   map[string]uint64 // kernels that executed a mnemonic
	// Loads, Stores and Atomics are those of lanes that the checker looked at.
	Loads, Stores, Atomics uint64
	Busy                   time.Duration // of all workers together
}

// add notes what a group's waves did.
func (c *Count) add(p *Program, g *group, busy time.Duration) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Busy += busy
	if c.Ops == nil {
		c.Ops = map[string]uint64{}
	}
	for _, w := range g.waves {
		c.Steps += w.steps
		c.Lanes += w.steps * uint64(p.arch.Wave)
		if w.check != nil {
			c.Loads += w.check.accesses[reads] + w.check.accesses[peeks]
			c.Stores += w.check.accesses[writes]
			c.Atomics += w.check.accesses[swaps]
		}
		for op, done := range w.ops {
			if done && op < len(p.Ops) {
				c.Ops[p.Ops[op]]++
			}
		}
	}
}

// Executed lists the mnemonics that were executed.
func (c *Count) Executed() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.Ops))
}

// Implemented lists the mnemonics that have rules.
func Implemented() (names []string) {
	for name := range rules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
