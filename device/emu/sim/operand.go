package sim

import (
	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

// A source is an operand of a vector instruction.
type source struct {
	from   from
	reg    int // row, or scalar register
	words  int
	value  []row           // of a constant, changed already
	change func(d, s *row) // modifiers; nil: none
	moved  *mover          // DPP; nil: none
}

type from uint8

const (
	fromVector from = iota
	fromScalar
	fromValue
)

// rows gives the operand's lanes, in temp[slot] if they have to be made first.
func (s *source) rows(w *wave, h, slot int) *row {
	var p *row
	switch s.from {
	case fromVector:
		p = &w.v[h][s.reg]
	case fromValue:
		return &s.value[0]
	default:
		p = &w.temp[slot][0]
		for i := range s.words {
			fill(&w.temp[slot][i], w.scalar(s.reg+i))
		}
	}
	if s.moved != nil {
		t := &w.temp[slot][0]
		s.moved.move(w, h, t, p)
		p = t
	}
	if s.change != nil {
		t := &w.temp[slot][0]
		s.change(t, p)
		p = t
	}
	return p
}

// scalar reads a scalar register, or what is read like one.
func (w *wave) scalar(r int) uint32 {
	switch r {
	case asm.Null:
		return 0
	case asm.VCCZ:
		return truth(w.vccZero())
	case asm.EXEZ:
		return truth(w.execZero())
	}
	return w.s[r]
}

func truth(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// source decodes an operand of a type. high is the half of a register that the
// modifiers say, where the operand itself does not.
func (d *decoder) source(a asm.Arg, t typ, high bool) (source, error) {
	s := source{words: t.words()}
	if a.Half != asm.Whole {
		high = a.Half == asm.High
	}
	s.change = changes(a, t, high)
	if (a.Kind == asm.VGPR || a.Kind == asm.AGPR) && a.N < s.words {
		return s, errArg
	}
	switch a.Kind {
	case asm.VGPR:
		s.reg = a.Reg
	case asm.AGPR:
		s.reg = agprs + a.Reg
	case asm.SGPR:
		if a.Reg == asm.Null {
			return valued(s, 0, t), nil
		}
		s.from, s.reg = fromScalar, a.Reg
	case asm.Int, asm.Float:
		return valued(s, constant(a, t), t), nil
	default:
		return s, errArg
	}
	return s, nil
}

// valued makes a source of a constant.
func valued(s source, v uint64, t typ) source {
	s.from = fromValue
	s.value = make([]row, max(s.words, 2))
	fill(&s.value[0], uint32(v))
	fill(&s.value[1], uint32(v>>32))
	if s.change != nil {
		s.change(&s.value[0], &s.value[0])
		s.change = nil
	}
	return s
}

// changes is what happens to an operand before it is used: values of 16 bits
// are widened, as half floats to float32; then |x| and -x.
func changes(a asm.Arg, t typ, high bool) func(d, s *row) {
	var steps []func(d, s *row)
	if t.bits == 16 {
		steps = append(steps, widening(t.kind, high))
	}
	top := t.words() - 1 // where the sign is
	if a.Abs {
		steps = append(steps, onTop(top, func(d, s *row) {
			for i := range d {
				d[i] = s[i] &^ sign
			}
		}))
	}
	if a.Neg {
		steps = append(steps, onTop(top, func(d, s *row) {
			for i := range d {
				d[i] = s[i] ^ sign
			}
		}))
	}
	switch len(steps) {
	case 0:
		return nil
	case 1:
		return steps[0]
	}
	return func(d, s *row) {
		for _, step := range steps {
			step(d, s)
			s = d
		}
	}
}

const sign = 1 << 31

// onTop does f to the row with the sign, and copies the ones below it.
func onTop(top int, f func(d, s *row)) func(d, s *row) {
	if top == 0 {
		return f
	}
	return func(d, s *row) {
		for i := range top {
			*at(d, i) = *at(s, i)
		}
		f(at(d, top), at(s, top))
	}
}

func widening(k kind, high bool) func(d, s *row) {
	shift := 0
	if high {
		shift = 16
	}
	switch k {
	case float:
		if high {
			return func(d, s *row) {
				for i := range d {
					d[i] = u32(num.Widen(uint16(s[i] >> 16)))
				}
			}
		}
		return func(d, s *row) {
			for i := range d {
				d[i] = u32(num.Widen(uint16(s[i])))
			}
		}
	case signed:
		return func(d, s *row) {
			for i := range d {
				d[i] = uint32(int32(int16(s[i] >> shift)))
			}
		}
	}
	return func(d, s *row) {
		for i := range d {
			d[i] = s[i] >> shift & 0xffff
		}
	}
}
