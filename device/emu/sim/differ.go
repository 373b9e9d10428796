package sim

import (
	"slices"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A differ finds out which bits of a result depend on undefined bits, for any
// instruction, without knowing what it does: it executes it with the undefined
// bits as zeros, as ones and as a mixture. Bits that differ are undefined.
type differ struct {
	saved []saved
	first []saved
	diff  []saved
}

// saved is a register's content: of a scalar one, the first element.
type saved struct {
	place uint16
	bits  [2]row
}

// mixtures are what undefined bits are set to.
var mixtures = [...]uint32{0, all, 0x6a3c59e7}

func (d *differ) run(c *shadow, w *wave, in *inst) {
	u := &in.use
	exec := [2]uint32{w.exec(0), w.exec(1)}
	d.saved = snapshot(d.saved[:0], w, u.reads, u.writes)
	d.diff = snapshot(d.diff[:0], w, u.writes)
	for i := range d.diff {
		d.diff[i].bits = [2]row{}
	}
	for n, mix := range mixtures {
		c.mixIn(u.reads, mix)
		in.run(w)
		if n == 0 {
			d.first = snapshot(d.first[:0], w, u.writes)
		} else {
			d.compare(w)
		}
		restore(w, d.saved)
	}
	if u.compares {
		d.doubt(c.doubtful(u.reads))
	}
	in.run(w)
	for i := range d.diff {
		c.learn(&d.diff[i], u, exec)
	}
}

// doubt makes lanes of masks undefined.
func (d *differ) doubt(lanes [2]uint32) {
	for i := range d.diff {
		switch p := int(d.diff[i].place) - rows; {
		case p == asm.SCC:
			d.diff[i].bits[0][0] |= truth(lanes[0]|lanes[1] != 0)
		case p == asm.VCC+1 || p == asm.Exec+1 || i%2 == 1:
			d.diff[i].bits[0][0] |= lanes[1]
		default:
			d.diff[i].bits[0][0] |= lanes[0]
		}
	}
}

// doubtful are the lanes in which any operand has undefined bits: a comparison
// tells too little of them for trying to be enough.
func (c *shadow) doubtful(list []ref) (lanes [2]uint32) {
	masks := [...]uint32{lowerHalf: 0xffff, upperHalf: 0xffff0000, bothHalves: all}
	for _, r := range list {
		mask := masks[r.halves]
		if r.place >= rows {
			if r.place != splace(asm.Exec) && r.place != splace(asm.Exec+1) && c.s[r.place-rows]&mask != 0 {
				lanes = [2]uint32{all, all}
			}
			continue
		}
		for h := range c.w.halves {
			if c.bad[h][r.place] == 0 {
				continue
			}
			for l, x := range &c.v[h][r.place] {
				lanes[h] |= truth(x&mask != 0) << l
			}
		}
	}
	for h := range lanes {
		lanes[h] &= c.w.exec(h)
	}
	return lanes
}

// snapshot copies registers, each once.
func snapshot(to []saved, w *wave, lists ...[]ref) []saved {
	for _, list := range lists {
		for i := range list {
			p := list[i].place
			if slices.ContainsFunc(to, func(s saved) bool { return s.place == p }) {
				continue
			}
			s := saved{place: p}
			for h := range w.halves {
				if p >= rows {
					s.bits[0][0] = w.s[p-rows]
				} else {
					s.bits[h] = w.v[h][p]
				}
			}
			to = append(to, s)
		}
	}
	return to
}

func restore(w *wave, list []saved) {
	for i := range list {
		s := &list[i]
		for h := range w.halves {
			if s.place >= rows {
				w.s[s.place-rows] = s.bits[0][0]
			} else {
				w.v[h][s.place] = s.bits[h]
			}
		}
	}
}

// mixIn sets the undefined bits of registers.
func (c *shadow) mixIn(list []ref, mix uint32) {
	w := c.w
	for i := range list {
		p := list[i].place
		if p >= rows {
			u := c.s[p-rows]
			w.s[p-rows] = w.s[p-rows]&^u | mix&u
			continue
		}
		for h := range w.halves {
			if c.bad[h][p] == 0 {
				continue
			}
			v, u := &w.v[h][p], &c.v[h][p]
			for i := range v {
				v[i] = v[i]&^u[i] | mix&u[i]
			}
		}
	}
}

// compare adds the bits in which the results differ from the first ones.
func (d *differ) compare(w *wave) {
	for i := range d.diff {
		a, out := &d.first[i], &d.diff[i]
		for h := range w.halves {
			if a.place >= rows {
				out.bits[0][0] |= a.bits[0][0] ^ w.s[a.place-rows]
				continue
			}
			v := &w.v[h][a.place]
			for l := range v {
				out.bits[h][l] |= a.bits[h][l] ^ v[l]
			}
		}
	}
}

// learn notes the undefined bits of a result. Lanes that are not active keep
// theirs, unless the register was an operand, and so was compared.
func (c *shadow) learn(s *saved, u *use, exec [2]uint32) {
	if s.place >= rows {
		r := int(s.place) - rows
		c.s[r] = s.bits[0][0]
		if (r == asm.Exec || r == asm.Exec+1) && c.s[r] != 0 {
			c.report(s.place, "the lanes that are active depend on registers that set", -1)
		}
		return
	}
	whole := has(u.reads, s.place)
	for h := range c.w.halves {
		v := &c.v[h][s.place]
		for l := range v {
			if whole || exec[h]>>l&1 != 0 {
				v[l] = s.bits[h][l]
			}
		}
	}
	c.refresh(int(s.place))
}
