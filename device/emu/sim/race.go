package sim

import (
	"cmp"
	"fmt"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// Races: two waves of a group access the same bytes, one of them writes, and
// no barrier is between; or two groups of a launch do, whatever they wait for.
// Atomic accesses do not race with each other.

// An act is what an instruction does to bytes of memory.
type act uint8

const (
	reads act = iota
	writes
	swaps // atomically
	peeks // loads of gfx11 that bypass caches
	acts
)

var (
	does = [...]string{reads: "reads", writes: "writes", swaps: "atomically accesses"}
	did  = [...]string{reads: "read", writes: "wrote", swaps: "atomically accessed"}
)

// act is what a load or store does: those that bypass caches are what atomic
// loads and stores become. The atomic stores of gfx11 look like any other; so
// the loads that may belong to them are not looked at.
func (d *decoder) act(in *asm.Inst, plain act) act {
	bypass := in.Mods.Flags["glc"] || in.Mods.Flags["sc0"] || in.Mods.Flags["sc1"]
	switch {
	case d.guesses[in.Addr], bypass && d.gfx9:
		return swaps
	case bypass && plain == reads:
		return peeks
	}
	return plain
}

// raceWith reports a race with another instruction.
func (w *wave) raceWith(pc int, detail string, lane int) { w.faultWith("race", pc, detail, lane) }

// faultWith reports what two instructions do together.
func (w *wave) faultWith(kind string, pc int, detail string, lane int) {
	p := w.g.launch.program
	f := &Fault{Kind: kind, Detail: detail, Group: w.g.id, Wave: w.id, Lane: lane}
	w.g.launch.locate(f, w.pc-1)
	if pc >= 0 && pc < len(p.insts) {
		f.Other, _ = p.place(p.insts[pc].addr)
		f.Other = cmp.Or(f.Other, fmt.Sprintf("%#x", p.insts[pc].addr))
	}
	panic(f)
}

// Global memory: a cell for each word of four bytes, made where it is touched.
const cellBytes, pageCells = 4, 1024

// cells have the last access of each kind, and the instruction that did it.
type cells struct {
	last [swaps]touches
	// swapped is made by the first atomic access.
	swapped atomic.Pointer[touches]
}

type touches struct {
	of [pageCells]atomic.Uint64
	pc [pageCells]atomic.Int32
}

func (p *cells) touches(a act) *touches {
	if a < swaps {
		return &p.last[a]
	}
	if p.swapped.Load() == nil {
		p.swapped.CompareAndSwap(nil, new(touches))
	}
	return p.swapped.Load()
}

// watch is what the checker knows of a buffer.
type watch struct {
	pages []atomic.Pointer[cells]
}

func (b *Buffer) watched() *watch {
	if w := b.watch.Load(); w != nil {
		return w
	}
	n := (len(b.Data)+cellBytes*pageCells-1)/(cellBytes*pageCells) + 1
	b.watch.CompareAndSwap(nil, &watch{pages: make([]atomic.Pointer[cells], n)})
	return b.watch.Load()
}

func (t *watch) page(i uint64) *cells {
	if p := t.pages[i].Load(); p != nil {
		return p
	}
	t.pages[i].CompareAndSwap(nil, new(cells))
	return t.pages[i].Load()
}

// A touch is packed into a word, so that groups on other threads can be told
// of it:
//
//	launch 19 bits | group 24 | barriers passed 11 | several waves 1 | wave 5 | bytes 4
type touch uint64

const (
	groupAt, phaseAt, severalAt, waveAt = 21, 10, 9, 4
	launchAt                            = groupAt + 24
	severalWaves                        = touch(1) << severalAt
	severalGroups                       = touch(0xffffff) << groupAt // a group's number that stands for several
	bytesMask                           = touch(15)
)

func (c *shadow) touchOf(mask uint64) touch {
	l, g := c.w.g.launch, c.w.g
	number := uint64(g.id[0]) + uint64(l.Groups[0])*(uint64(g.id[1])+uint64(l.Groups[1])*uint64(g.id[2]))
	return touch(uint64(l.number)<<launchAt | number&0xffffff<<groupAt | uint64(g.phase&0x7ff)<<phaseAt | uint64(c.w.id&31)<<waveAt | mask)
}

func (t touch) group() int { return int(t & severalGroups >> groupAt) }

func (t touch) wave() int { return int(t >> waveAt & 31) }

// conflicts tells whether two accesses of the same bytes need a barrier that
// is not there.
func (t touch) conflicts(o touch) bool {
	switch {
	case t>>launchAt != o>>launchAt || t&o&bytesMask == 0:
		return false // another launch, or other bytes
	case t>>groupAt != o>>groupAt:
		return true
	case t>>phaseAt != o>>phaseAt:
		return false // a barrier was between
	}
	return t&severalWaves != 0 || t.wave() != o.wave()
}

// after is what is noted of an access behind an older one of the same kind: if
// both may be the other side of a race, that there were several.
func (t touch) after(o touch) touch {
	switch {
	case t>>waveAt == o>>waveAt:
		return t | o&bytesMask
	case !o.conflicts(t):
		return t
	case t>>groupAt != o>>groupAt:
		return (t | severalGroups) &^ (bytesMask &^ o)
	}
	return (t | severalWaves) &^ (bytesMask &^ o)
}

// touch notes an access to global memory. Any alignment will do there: GPUs are
// set up so.
func (c *shadow) touch(b *Buffer, addr uint64, n, lane int, a act) {
	c.accesses[a]++
	if b.Const || a == peeks {
		return
	}
	t := b.watched()
	off := addr - b.Base
	for end := off + uint64(n); off < end; {
		first := off % cellBytes
		count := min(cellBytes-first, end-off)
		cell := off / cellBytes
		c.touchCell(t.page(cell/pageCells), cell%pageCells, c.touchOf((1<<count-1)<<first), b, addr, lane, a)
		off += count
	}
}

// touchCell notes the access first and looks for others then: of two groups on
// different threads at least one sees the other.
func (c *shadow) touchCell(p *cells, i uint64, me touch, b *Buffer, addr uint64, lane int, a act) {
	mine := p.touches(a)
	older, pc := touch(mine.of[i].Load()), mine.pc[i].Load()
	if a == reads {
		mine.of[i].Store(uint64(me.after(older)))
	} else {
		older = touch(mine.of[i].Swap(uint64(me.after(older))))
	}
	mine.pc[i].Store(int32(c.w.pc - 1))
	if a == writes && older.conflicts(me) {
		c.globalRace(b, addr, lane, a, a, older, pc)
	}
	if a != reads {
		c.lookAt(&p.last[reads], i, me, b, addr, lane, a, reads)
	}
	if a != writes {
		c.lookAt(&p.last[writes], i, me, b, addr, lane, a, writes)
	}
	if t := p.swapped.Load(); t != nil && a != swaps {
		c.lookAt(t, i, me, b, addr, lane, a, swaps)
	}
}

// lookAt reports a race with an older access of another kind.
func (c *shadow) lookAt(t *touches, i uint64, me touch, b *Buffer, addr uint64, lane int, a, other act) {
	if o := touch(t.of[i].Load()); o.conflicts(me) {
		c.globalRace(b, addr, lane, a, other, o, t.pc[i].Load())
	}
}

func (c *shadow) globalRace(b *Buffer, addr uint64, lane int, a, other act, o touch, pc int32) {
	who := fmt.Sprintf("group %d (wave %d)", o.group(), o.wave())
	switch {
	case o&severalGroups == severalGroups:
		who = "several groups"
	case o&severalWaves != 0:
		who = fmt.Sprintf("group %d (several waves)", o.group())
	}
	c.w.raceWith(int(pc), fmt.Sprintf("byte %d of %s: the wave %s what %s %s in the same launch", addr-b.Base, b.Name, does[a], who, did[other]), lane)
}
