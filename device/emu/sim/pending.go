package sim

import (
	"fmt"
	"slices"
)

// pending are memory operations that nobody has waited for yet. What they
// write must not be touched before: a wait is an instruction, and the compiler
// or whoever writes assembly may forget it.
type pending struct {
	queue [counters][]operation
	of    [rows + scalars][2]uint8 // how many operations write a register's halves
	by    [rows + scalars]counter
	under int // operations with results
}

// operation is one under way, and what it writes.
type operation struct {
	writes    []ref
	unordered bool
	flights   []flight // into LDS
}

func (p *pending) reset() {
	for c := range p.queue {
		p.queue[c] = p.queue[c][:0]
	}
	if p.under != 0 {
		clear(p.of[:])
	}
	p.under = 0
}

// maxUnder bounds a queue: hardware counts to 63 and stops there.
const maxUnder = 63

func (c *shadow) issue(u *use) {
	p, by := &c.wait, u.pending
	if by == none {
		return
	}
	if len(p.queue[by]) >= maxUnder && !u.unordered {
		c.done(by, 1)
	}
	p.queue[by] = append(p.queue[by], operation{u.writes, u.unordered, slices.Clone(c.flights)})
	c.flights = c.flights[:0]
	for _, r := range u.writes {
		p.count(r, 1)
		p.by[r.place] = by
	}
	p.under += len(u.writes)
}

func (p *pending) count(r ref, n uint8) {
	p.of[r.place][0] += n * (r.halves & lowerHalf)
	p.of[r.place][1] += n * (r.halves >> 1)
}

// waiting tells whether what a ref names is still to come.
func (p *pending) waiting(r ref) bool {
	of := &p.of[r.place]
	return of[0] != 0 && r.halves&lowerHalf != 0 || of[1] != 0 && r.halves&upperHalf != 0
}

// done takes the oldest operations out.
func (c *shadow) done(by counter, n int) {
	p := &c.wait
	for _, o := range p.queue[by][:n] {
		c.landed(o.flights)
		for _, r := range o.writes {
			p.count(r, ^uint8(0))
		}
		p.under -= len(o.writes)
	}
	p.queue[by] = append(p.queue[by][:0], p.queue[by][n:]...)
}

// waited is an s_waitcnt. Where operations may end out of order, only waiting
// for all of them says anything.
func (c *shadow) waited(limits *waits) {
	p := &c.wait
	for i, limit := range limits {
		q := p.queue[i]
		if limit < 0 || len(q) <= limit {
			continue
		}
		unordered := false
		for _, o := range q {
			unordered = unordered || o.unordered
		}
		if limit == 0 || !unordered {
			c.done(counter(i), len(q)-limit)
		}
	}
}

var counterNames = [counters]string{vm: "vmcnt", vs: "vscnt", lgkm: "lgkmcnt", exports: "expcnt"}

// ready reports operands and results that memory has still to deliver. A load
// may follow another one to the same register: they come in order.
func (c *shadow) ready(u *use) {
	for _, list := range [][]ref{u.reads, u.writes} {
		for _, r := range list {
			if !c.wait.waiting(r) {
				continue
			}
			by := c.wait.by[r.place]
			if u.pending != by || u.unordered || !has(u.writes, r.place) {
				c.w.fault("missing wait", fmt.Sprintf("%s is loaded from memory, and no s_waitcnt %s waits for it before", placeName(r.place), counterNames[by]), -1)
			}
		}
	}
}

// barrier looks at a wave that comes to a barrier: what it stored to LDS must
// be there before others go on.
func (c *shadow) barrier() {
	for _, o := range c.wait.queue[lgkm] {
		if len(o.writes) == 0 {
			c.w.fault("missing wait", "the wave comes to a barrier while stores to LDS are under way", -1)
		}
	}
}
