package sim

import (
	"cmp"
	"fmt"
	"sync/atomic"
)

// Races: two waves of a group access the same bytes, one of them writes, and
// no barrier is between; or two groups of a launch do, whatever they wait for.

// An ldsShadow is what the checker knows of a group's LDS.
type ldsShadow struct {
	undefined []byte     // undefined bits, as the bytes lie
	writers   []ldsTouch // of each byte
	readers   []ldsTouch
}

// An ldsTouch is the last access: the wave, how many barriers it had passed, and
// the instruction. Two readers that are different waves count as "many".
type ldsTouch struct {
	phase uint32 // plus 1; 0: never
	pc    int32
	wave  int16
}

const many = -1

func newLDSShadow(n int) *ldsShadow {
	return &ldsShadow{make([]byte, n), make([]ldsTouch, n), make([]ldsTouch, n)}
}

func (s *ldsShadow) reset() {
	for i := range s.undefined {
		s.undefined[i] = 0xff
	}
	clear(s.writers)
	clear(s.readers)
}

// checked counts an access.
func (c *shadow) checked(write bool) {
	if write {
		c.stores++
	} else {
		c.loads++
	}
}

// touchLDS notes an access, and reports it if it races with an older one.
func (c *shadow) touchLDS(at uint32, n, lane int, write bool) {
	s, w := c.w.g.shadow, c.w
	c.checked(write)
	if uint64(at)+uint64(n) > uint64(len(s.undefined)) {
		return // reported where the data are moved
	}
	if natural := min(n&-n, 8); at%uint32(natural) != 0 && n != 12 || n == 12 && at%4 != 0 {
		w.fault("misaligned", fmt.Sprintf("%d bytes of LDS at %d", n, at), lane)
	}
	me := ldsTouch{w.g.phase + 1, int32(w.pc - 1), int16(w.id)}
	for i := at; i < at+uint32(n); i++ {
		if t := s.writers[i]; t.phase == me.phase && t.wave != me.wave {
			c.ldsRace(i, lane, t, "wrote", write)
		}
		t := &s.readers[i]
		switch {
		case write && t.phase == me.phase && t.wave != me.wave:
			c.ldsRace(i, lane, *t, "read", write)
		case write:
			s.writers[i] = me
		case t.phase == me.phase && t.wave != me.wave:
			t.wave = many
		default:
			*t = me
		}
	}
}

func (c *shadow) ldsRace(at uint32, lane int, other ldsTouch, did string, write bool) {
	does := "reads"
	if write {
		does = "writes"
	}
	who := fmt.Sprintf("wave %d", other.wave)
	if other.wave == many {
		who = "other waves"
	}
	c.w.raceWith(int(other.pc), fmt.Sprintf("byte %d of LDS: the wave %s what %s %s, with no barrier between", at, does, who, did), lane)
}

// raceWith reports a race with another instruction.
func (w *wave) raceWith(pc int, detail string, lane int) {
	p := w.g.launch.program
	f := &Fault{Kind: "race", Detail: detail, Group: w.g.id, Wave: w.id, Lane: lane}
	w.g.launch.locate(f, w.pc-1)
	if pc >= 0 && pc < len(p.insts) {
		f.Other, _ = p.place(p.insts[pc].addr)
		f.Other = cmp.Or(f.Other, fmt.Sprintf("%#x", p.insts[pc].addr))
	}
	panic(f)
}

// Global memory: a cell for each word of four bytes, made where it is touched.
const cellBytes, pageCells = 4, 1024

type cells struct {
	writers, readers [pageCells]atomic.Uint64
	wrote, read      [pageCells]atomic.Int32 // the instructions that did
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
//	launch 20 bits | group 24 | wave 5 | barriers passed 11 | bytes 4
type touch uint64

func (c *shadow) touchOf(mask uint64) touch {
	l, g := c.w.g.launch, c.w.g
	number := uint64(g.id[0]) + uint64(l.Groups[0])*(uint64(g.id[1])+uint64(l.Groups[1])*uint64(g.id[2]))
	return touch(uint64(l.number&0xfffff)<<44 | number&0xffffff<<20 | uint64(c.w.id&31)<<15 | uint64(g.phase&0x7ff)<<4 | mask)
}

// conflicts tells whether two accesses of the same bytes need a barrier that
// is not there.
func (t touch) conflicts(o touch) bool {
	switch {
	case t>>44 != o>>44 || t&o&15 == 0:
		return false // another launch, or other bytes
	case t>>20 != o>>20:
		return true // another group
	}
	return t>>15 != o>>15 && t>>4&0x7ff == o>>4&0x7ff
}

// touch notes an access to global memory. Any alignment will do there: GPUs are
// set up so.
func (c *shadow) touch(b *Buffer, addr uint64, n, lane int, write bool) {
	c.checked(write)
	if b.Const {
		return
	}
	if write && b.Undefined != nil {
		clear(b.Undefined[addr-b.Base:][:n])
	}
	t := b.watched()
	off := addr - b.Base
	for end := off + uint64(n); off < end; {
		first := off % cellBytes
		count := min(cellBytes-first, end-off)
		cell := off / cellBytes
		c.touchCell(t.page(cell/pageCells), cell%pageCells, (1<<count-1)<<first, b, addr, lane, write)
		off += count
	}
}

func (c *shadow) touchCell(p *cells, i, mask uint64, b *Buffer, addr uint64, lane int, write bool) {
	me := c.touchOf(mask)
	if o := touch(p.writers[i].Load()); o.conflicts(me) {
		c.globalRace(b, addr, lane, o, p.wrote[i].Load(), "wrote", write)
	}
	r := touch(p.readers[i].Load())
	if !write {
		p.readers[i].Store(uint64(me.after(r)))
		p.read[i].Store(int32(c.w.pc - 1))
		return
	}
	if r.conflicts(me) || r.crowd(me) {
		c.globalRace(b, addr, lane, r, p.read[i].Load(), "read", write)
	}
	if o := touch(p.writers[i].Swap(uint64(me.over(touch(p.writers[i].Load()))))); o.conflicts(me) {
		c.globalRace(b, addr, lane, o, p.wrote[i].Load(), "wrote", write)
	}
	p.wrote[i].Store(int32(c.w.pc - 1))
}

// manyGroups is the group number that stands for several readers.
const manyGroups = 0xffffff

// after is what is noted of a reader behind an older one.
func (t touch) after(o touch) touch {
	if t>>44 != o>>44 || t>>20 == o>>20 {
		return t
	}
	return t | manyGroups<<20
}

// crowd tells whether several groups read in this launch.
func (t touch) crowd(me touch) bool {
	return t>>44 == me>>44 && t>>20&manyGroups == manyGroups && t&me&15 != 0
}

// over is what is noted of a writer over an older one: of the same group and
// phase, the bytes of both.
func (t touch) over(o touch) touch {
	if t>>4 == o>>4 {
		return t | o&15
	}
	return t
}

func (c *shadow) globalRace(b *Buffer, addr uint64, lane int, o touch, pc int32, did string, write bool) {
	does := "reads"
	if write {
		does = "writes"
	}
	who := fmt.Sprintf("group %d (wave %d)", o>>20&manyGroups, o>>15&31)
	if o>>20&manyGroups == manyGroups {
		who = "several groups"
	}
	c.w.raceWith(int(pc), fmt.Sprintf("byte %d of %s: the wave %s what %s %s in the same launch", addr-b.Base, b.Name, does, who, did), lane)
}
