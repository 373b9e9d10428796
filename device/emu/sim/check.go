package sim

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A shadow is what the checker knows of a wave: which bits of its registers
// hold nothing that was ever put there, and which registers wait for memory.
//
// Copying and computing with undefined bits is no mistake; compilers do it
// where the result does not matter. It is one as soon as an address, a branch,
// EXEC or what is stored to global memory depends on them.
type shadow struct {
	w    *wave
	v    [2][]row        // undefined bits of vector registers
	bad  [2][rows]uint32 // lanes that have any
	s    [scalars]uint32 // undefined bits of scalar registers
	wait pending
	diff differ

	fetches  []fetch      // undefined bits that the instruction at hand loads
	flights  []flight     // what it loads into LDS
	accesses [acts]uint64 // of lanes that were checked, by kind
}

func newShadow(w *wave) *shadow {
	c := &shadow{w: w}
	for h := range w.halves {
		c.v[h] = make([]row, len(w.v[h]))
	}
	return c
}

// reset makes all registers undefined.
func (c *shadow) reset() {
	for h := range c.w.halves {
		vector, accumulation := c.w.g.launch.program.named(c.v[h])
		for r := range vector {
			fill(&vector[r], all)
			c.bad[h][r] = all
		}
		for r := range accumulation {
			fill(&accumulation[r], all)
			c.bad[h][agprs+r] = all
		}
	}
	for r := range c.s {
		c.s[r] = all
	}
	for _, r := range []int{asm.M0, asm.SharedBase, asm.SharedBase + 1, asm.PrivateBase, asm.PrivateBase + 1, asm.VCCZ, asm.EXEZ} {
		c.s[r] = 0
	}
	c.wait.reset()
}

// defined says that a register has a value, in all lanes.
func (c *shadow) defined(place uint16) {
	if place >= rows {
		c.s[place-rows] = 0
		return
	}
	for h := range c.w.halves {
		c.v[h][place] = row{}
		c.bad[h][place] = 0
	}
}

// step executes an instruction and watches it.
func (c *shadow) step(w *wave, in *inst) {
	u := &in.use
	if c.wait.under > 0 {
		c.ready(u)
	}
	switch u.effect {
	case ignored:
		in.run(w)
	case controls:
		c.mustBeDefined(u.reads, "a branch depends on")
		in.run(w)
		if w.state == atBarrier {
			c.barrier()
		}
	case accesses:
		c.memory(w, in)
	default:
		if c.undefined(u) {
			c.diff.run(c, w, in)
			return
		}
		exec := [2]uint32{w.exec(0), w.exec(1)}
		in.run(w)
		c.define(u, exec)
	}
}

// undefined tells whether any operand has undefined bits in an active lane.
func (c *shadow) undefined(u *use) bool {
	e0, e1 := c.w.exec(0), c.w.exec(1)
	if u.crosses {
		e0, e1 = all, all
	}
	for i := range u.reads {
		r := u.reads[i].place
		if r >= rows {
			if c.s[r-rows] != 0 {
				return true
			}
		} else if c.bad[0][r]&e0|c.bad[1][r]&e1 != 0 {
			return true
		}
	}
	return false
}

// define notes that results have values in the lanes that were active.
func (c *shadow) define(u *use, exec [2]uint32) {
	for i := range u.writes {
		r := u.writes[i].place
		if r >= rows {
			c.s[r-rows] = 0
			continue
		}
		for h := range c.w.halves {
			if m := c.bad[h][r] & exec[h]; m != 0 {
				c.clear(h, int(r), m)
			}
		}
	}
}

func (c *shadow) clear(h, r int, mask uint32) {
	c.bad[h][r] &^= mask
	v := &c.v[h][r]
	for m := mask; m != 0; m &= m - 1 {
		v[bits.TrailingZeros32(m)&31] = 0
	}
}

// refresh finds the lanes of a register that have undefined bits.
func (c *shadow) refresh(r int) {
	for h := range c.w.halves {
		m := uint32(0)
		for i, x := range &c.v[h][r] {
			m |= truth(x != 0) << i
		}
		c.bad[h][r] = m
	}
}

// mustBeDefined reports operands with undefined bits in active lanes.
func (c *shadow) mustBeDefined(list []ref, what string, except ...uint16) {
	for i := range list {
		r := list[i].place
		if slices.Contains(except, r) {
			continue
		}
		if r >= rows {
			if c.s[r-rows] != 0 {
				c.report(r, what, -1)
			}
			continue
		}
		for h := range c.w.halves {
			if m := c.bad[h][r] & c.w.exec(h); m != 0 {
				c.report(r, what, h*lanes+bits.TrailingZeros32(m))
			}
		}
	}
}

func (c *shadow) report(place uint16, what string, lane int) {
	c.w.fault("uninitialised", fmt.Sprintf("%s %s, of which bits were never written", what, placeName(place)), lane)
}

// placeName is a register as the text names it.
func placeName(p uint16) string {
	switch {
	case p < agprs:
		return fmt.Sprintf("v%d", p)
	case p < rows:
		return fmt.Sprintf("a%d", p-agprs)
	}
	switch r := int(p) - rows; r {
	case asm.VCC, asm.VCC + 1:
		return "vcc"
	case asm.Exec, asm.Exec + 1:
		return "exec"
	case asm.SCC:
		return "scc"
	case asm.M0:
		return "m0"
	default:
		return fmt.Sprintf("s%d", r)
	}
}

// memory watches an instruction that accesses memory or LDS. Addresses have to
// be defined, and what is stored to global memory. LDS keeps track itself.
func (c *shadow) memory(w *wave, in *inst) {
	u := &in.use
	switch {
	case u.local:
		c.mustBeDefined(u.reads[:u.address], "an address depends on")
		in.run(w)
	case u.bits != 0 && len(u.writes) == 0: // part of a register is stored
		c.mustBeDefined(u.reads, "the address or what is stored depends on", u.data)
		c.bitsDefined(int(u.data), u.bits)
		in.run(w)
	case u.bits != 0: // part of a register is loaded, the rest is none of our business
		c.mustBeDefined(u.reads[len(u.writes):], "an address depends on")
		in.run(w)
		c.defineBits(int(u.writes[0].place), u.bits)
	default:
		c.mustBeDefined(u.reads, "the address or what is stored depends on")
		in.run(w)
		c.define(u, [2]uint32{w.exec(0), w.exec(1)})
	}
	c.fetched()
	c.issue(u)
}

// bitsDefined reports undefined ones among some bits of a vector register.
func (c *shadow) bitsDefined(r int, bits uint32) {
	for h := range c.w.halves {
		for l, x := range &c.v[h][r] {
			if c.w.exec(h)>>l&1 != 0 && x&bits != 0 {
				c.report(vplace(r), "what is stored depends on", h*lanes+l)
			}
		}
	}
}

// defineBits notes that some bits of a vector register have values.
func (c *shadow) defineBits(r int, bits uint32) {
	for h := range c.w.halves {
		v := &c.v[h][r]
		for l := range v {
			if c.w.exec(h)>>l&1 != 0 {
				v[l] &^= bits
			}
		}
	}
	c.refresh(r)
}

// ldsMoved notes which lanes of the loaded registers have undefined bits.
func (c *shadow) ldsMoved(m *ldsMove) {
	if m.writes {
		return
	}
	for i := range m.parts {
		for j := range m.parts[i].shape.words() {
			c.refresh(m.parts[i].reg + j)
		}
	}
}
