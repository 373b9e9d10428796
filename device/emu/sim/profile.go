package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A Profile counts what work-groups of a launch do. Set Card, and Groups to
// execute only some; the rest is filled in by Run.
type Profile struct {
	Card   *Card
	Groups []int64 // numbers of work-groups; nil: all

	Insts    []InstCount   // in the order of their addresses
	Buffers  []BufferCount // those that were touched, by address
	Executed int           // work-groups
	Waves    int
	Cycles   int64 // of a group from beginning to end, as modelled, over all groups

	mu     sync.Mutex
	insts  []profiled
	memory *Memory
	all    map[uint64]struct{} // lines of all groups
	each   map[uint64]int      // lines of each group, by their buffers' addresses
}

// InstCount is what one instruction of a kernel did.
type InstCount struct {
	Addr   uint64
	Text   string
	Kind   Kind
	Source string // "kernels/src/gemv.hip:17", or empty

	Runs      int64 // how often waves came to it
	Lanes     int64 // active lanes of them
	Bytes     int64 // that these asked of global memory
	Lines     int64 // cache lines touched, each once for a run
	Sectors   int64 // of 64 bytes, what a vector cache is read in; not of scalar loads
	Ideal     int64 // as many as the bytes fill if they lie side by side
	LDSCycles int64 // of passes through LDS, as modelled
	Conflicts int64 // of these because of banks
	Issue     int64 // cycles, as modelled
	Matrix    int64 // cycles of the matrix unit, as modelled
	Stall     int64 // cycles that a wave by itself waits here, as modelled
}

// BufferCount is what groups touched of a buffer, in cache lines.
type BufferCount struct {
	Name     string
	Base     uint64
	Size     int
	Each     int    // lines of each group, summed
	Distinct int    // lines of all groups
	Lo, Hi   uint64 // from the first to behind the last line
}

// profiled is what a profile has to know of an instruction.
type profiled struct {
	kind   Kind
	issue  int
	matrix int
	access access
	waits  *waits
}

// check refuses groups that a grid does not have.
func (p *Profile) check(total int64) error {
	for _, n := range p.Groups {
		if n < 0 || n >= total {
			return fmt.Errorf("group %d of %d", n, total)
		}
	}
	return nil
}

// done tells whether nobody waits for the launch any more.
func (l *launch) done() bool {
	select {
	case <-l.Done:
		return true
	default:
		return false
	}
}

// group is where in the grid the nth work-group is that is executed.
func (l *launch) group(n int64) [3]int {
	if p := l.Profile; p != nil && p.Groups != nil {
		n = p.Groups[n]
	}
	x, y := int64(l.Groups[0]), int64(l.Groups[1])
	return [3]int{int(n % x), int(n / x % y), int(n / x / y)}
}

// prepare reads a program's instructions.
func (p *Profile) prepare(program *Program, m *Memory) error {
	p.memory = m
	p.all, p.each = map[uint64]struct{}{}, map[uint64]int{}
	p.insts = make([]profiled, len(program.insts)) // the last is none
	for i := range program.insts[:len(program.insts)-1] {
		in, err := asm.Parse(program.insts[i].addr, program.insts[i].text)
		if err != nil {
			return err
		}
		c := InstCount{Addr: in.Addr, Text: in.Text, Kind: kindOf(&in)}
		c.Source, _ = program.place(in.Addr)
		q := profiled{kind: c.Kind, access: accessOf(program.arch, c.Kind, &in)}
		q.issue, q.matrix = p.Card.issue(c.Kind, &in)
		if c.Kind == Wait {
			q.waits = waitsOf(&in)
		}
		p.insts[i] = q
		p.Insts = append(p.Insts, c)
	}
	return nil
}

// waitsOf is what a wait waits for; a text that is not known, for nothing.
func waitsOf(in *asm.Inst) *waits {
	if c, ok := oneCounter[in.Name]; ok && len(in.Args) == 2 {
		limits := waits{-1, -1, -1, -1, -1}
		limits[c] = int(in.Args[1].Int)
		return &limits
	}
	if in.Name != "s_waitcnt" {
		return nil
	}
	if limits, err := parseWaits(in.Args[0].Name); err == nil {
		return &limits
	}
	return nil
}

// finish sums up lines by buffers.
func (p *Profile) finish() {
	byBase := map[uint64]*BufferCount{}
	size := uint64(p.Card.Line)
	for line := range p.all {
		b := p.memory.touching(line*size, size)
		if b == nil {
			continue
		}
		c := byBase[b.Base]
		if c == nil {
			c = &BufferCount{Name: b.Name, Base: b.Base, Size: len(b.Data), Each: p.each[b.Base], Lo: ^uint64(0)}
			byBase[b.Base] = c
		}
		c.Distinct++
		c.Lo, c.Hi = min(c.Lo, line*size), max(c.Hi, (line+1)*size)
	}
	p.Buffers = nil
	for _, c := range byBase {
		p.Buffers = append(p.Buffers, *c)
	}
	slices.SortFunc(p.Buffers, func(a, b BufferCount) int { return cmp.Compare(a.Base, b.Base) })
}

// touching is the buffer that a line has bytes of. Buffers begin at multiples
// of any line's size.
func (m *Memory) touching(line, size uint64) *Buffer {
	for at := line; at < line+size; at += size / 2 {
		if b := m.Find(at, 1); b != nil {
			return b
		}
	}
	return nil
}

// add takes what a worker counted.
func (p *Profile) add(t *tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.Insts {
		to, from := &p.Insts[i], &t.insts[i]
		to.Runs += from.Runs
		to.Lanes += from.Lanes
		to.Bytes += from.Bytes
		to.Lines += from.Lines
		to.Sectors += from.Sectors
		to.Ideal += from.Ideal
		to.LDSCycles += from.LDSCycles
		to.Conflicts += from.Conflicts
		to.Issue += from.Issue
		to.Matrix += from.Matrix
		to.Stall += from.Stall
	}
	p.Executed += t.groups
	p.Waves += t.waves
	p.Cycles += t.cycles
	maps.Copy(p.all, t.all)
	for base, n := range t.each {
		p.each[base] += n
	}
}
