package sim

import (
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A mover gives each lane the operand of another one (RDNA3 ISA 7.7 "Data
// Parallel Processing", CDNA3 ISA 6.5). Lanes move within rows of 16, which lie
// within half a wave of 64.
type mover struct {
	from     [lanes]int8 // the lane to take from, -1: there is none
	writes   uint32      // lanes that the row and bank masks let be written
	zero     bool        // a lane without source gets 0; else it keeps what it has
	inactive bool        // lanes that are not active can be read
}

// move copies; s may be d.
func (m *mover) move(w *wave, h int, d, s *row) {
	old := *s
	exec := w.exec(h)
	for i := range d {
		if f := m.from[i]; f >= 0 && (m.inactive || exec>>f&1 != 0) {
			d[i] = old[f&31]
		} else {
			d[i] = 0
		}
	}
}

// mask is which lanes are written.
func (m *mover) mask(w *wave, h int, exec uint32) uint32 {
	mask := exec & m.writes
	if m.zero {
		return mask
	}
	for i, f := range m.from {
		if f < 0 || !m.inactive && exec>>f&1 == 0 {
			mask &^= 1 << i
		}
	}
	return mask
}

// shifts are the controls that take a number: from which lane lane l of a row
// takes, -1 or more than 15: none.
var shifts = map[string]func(l, n int) int{
	"row_shl":      func(l, n int) int { return l + n },
	"row_shr":      func(l, n int) int { return l - n },
	"row_ror":      func(l, n int) int { return (l - n) & 15 },
	"row_share":    func(l, n int) int { return n },
	"row_newbcast": func(l, n int) int { return n },
	"row_xmask":    func(l, n int) int { return l ^ n },
}

func (d *decoder) mover(in *asm.Inst) (*mover, error) {
	m := &mover{zero: in.Mods.Number("bound_ctrl", 0) != 0 || in.Mods.Flags["bound_ctrl"], inactive: in.Mods.Number("fi", 0) != 0}
	within, err := control(in)
	if err != nil {
		return nil, err
	}
	rowMask, bankMask := in.Mods.Number("row_mask", 15), in.Mods.Number("bank_mask", 15)
	for l := range lanes {
		m.from[l] = -1
		if f := within(l); f >= 0 {
			m.from[l] = int8(f)
		}
		// Rows 2 and 3 of a wave of 64 have mask bits of their own.
		if rowMask>>(l/16)&1 != 0 && bankMask>>(l/4%4)&1 != 0 {
			m.writes |= 1 << l
		}
	}
	if d.wave == 64 && rowMask != 15 {
		return nil, fmt.Errorf("row_mask %#x in a wave of 64", rowMask)
	}
	return m, nil
}

// control gives for a lane of half a wave the one that it takes from, or -1.
func control(in *asm.Inst) (func(l int) int, error) {
	if q := in.Mods.Lists["quad_perm"]; len(q) == 4 && slices.Max(q) < 4 && slices.Min(q) >= 0 {
		return func(l int) int { return l&^3 + q[l&3] }, nil
	}
	if q := in.Mods.Lists["dpp8"]; len(q) == 8 && slices.Max(q) < 8 && slices.Min(q) >= 0 {
		return func(l int) int { return l&^7 + q[l&7] }, nil
	}
	if in.Mods.Flags["row_mirror"] {
		return func(l int) int { return l ^ 15 }, nil
	}
	if in.Mods.Flags["row_half_mirror"] {
		return func(l int) int { return l ^ 7 }, nil
	}
	for name, f := range shifts {
		if n, ok := in.Mods.Numbers[name]; ok && n >= 0 && n < 16 {
			return func(l int) int {
				to := f(l&15, n)
				if to < 0 || to > 15 {
					return -1
				}
				return l&^15 + to
			}, nil
		}
	}
	return nil, fmt.Errorf("no DPP control that is known")
}
