package sim

import (
	"errors"
	"math"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

var errArg = errors.New("an operand of this kind cannot be here")

// A laneOp computes all lanes of a result from those of three operands; those
// that there are not are nil.
type laneOp func(d, a, b, c *row)

// A vector is an instruction that computes each lane from the same lane of its
// operands.
type vector struct {
	do     laneOp
	src    [3]source
	n      int
	dst    int
	words  int
	half   bool                         // the result is 16 bits, which go into
	high   bool                         // this half of the register
	zero   bool                         // the other half becomes 0
	after  func(d *row)                 // changes the result: clamp, factors
	insert func(d, t *row, mask uint32) // merges in another way: SDWA
	moved  *mover
}

func (v *vector) run(w *wave) {
	for h := range w.halves {
		mask := w.s[asm.Exec+h]
		if mask == 0 {
			continue
		}
		var p [3]*row
		for i := range v.n {
			p[i] = v.src[i].rows(w, h, i)
		}
		if v.moved != nil {
			mask = v.moved.mask(w, h, mask)
		}
		d := &w.v[h][v.dst]
		if mask == all && !v.half && v.insert == nil {
			v.do(d, p[0], p[1], p[2])
			if v.after != nil {
				v.after(d)
			}
			continue
		}
		t := &w.temp[3][0]
		v.do(t, p[0], p[1], p[2])
		if v.after != nil {
			v.after(t)
		}
		v.store(d, t, mask)
	}
}

func (v *vector) store(d, t *row, mask uint32) {
	switch {
	case v.insert != nil:
		v.insert(d, t, mask)
	case v.half:
		insertHalf(d, t, mask, v.high, v.zero)
	default:
		for i := range v.words {
			merge(at(d, i), at(t, i), mask)
		}
	}
}

func insertHalf(d, t *row, mask uint32, high, zero bool) {
	shift, keep := 0, uint32(0xffff0000)
	if high {
		shift, keep = 16, 0xffff
	}
	if zero {
		keep = 0
	}
	for i := range d {
		if mask>>i&1 != 0 {
			d[i] = d[i]&keep | t[i]&0xffff<<shift
		}
	}
}

// vop is a rule for lane operations. The signature may be empty: then all
// operands have the type that the mnemonic ends with.
func vop(name, signature string, operands int, do laneOp) rule {
	if signature == "" {
		signature = uniform(name, operands)
	}
	s := sig(signature)
	return rule{name: name, dsts: 1, adds: s.adds, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		v, err := d.vector(in, in.Args, s, do)
		if err != nil {
			return nil, err
		}
		return v.run, nil
	}}
}

func op1(name string, do func(d, a *row)) rule { return op1s(name, "", do) }

func op1s(name, sig string, do func(d, a *row)) rule {
	return vop(name, sig, 1, func(d, a, _, _ *row) { do(d, a) })
}

func op2(name string, do func(d, a, b *row)) rule { return op2s(name, "", do) }

func op2s(name, sig string, do func(d, a, b *row)) rule {
	return vop(name, sig, 2, func(d, a, b, _ *row) { do(d, a, b) })
}

func op3(name string, do laneOp) rule { return vop(name, "", 3, do) }

func op3s(name, sig string, do laneOp) rule { return vop(name, sig, 3, do) }

// vector decodes the operands, result first, and the modifiers.
func (d *decoder) vector(in *asm.Inst, args []asm.Arg, s signature, do laneOp) (*vector, error) {
	if s.adds {
		args = append(append([]asm.Arg(nil), args...), args[0])
	}
	if len(args) != 1+len(s.src) {
		return nil, errOperands(in)
	}
	if in.Mods.Flags["clamp"] && (s.dst.kind != float || s.dst.bits > 32) {
		return nil, errors.New("the clamp modifier with results of this type")
	}
	v := &vector{do: do, n: len(s.src), words: s.dst.words(), half: s.dst.bits == 16}
	for i, t := range s.src {
		src, err := d.source(args[1+i], t, in.Mods.Bit("op_sel", i, 0))
		if err != nil {
			return nil, err
		}
		v.src[i] = src
	}
	dst, err := d.destination(args[0])
	if err != nil {
		return nil, err
	}
	if v.dst = dst; args[0].N < v.words {
		return nil, errArg
	}
	v.high = in.Mods.Bit("op_sel", len(s.src), 0) && !s.adds
	if args[0].Half != asm.Whole {
		v.high = args[0].Half == asm.High
	}
	v.zero = d.gfx9 && v.half && !v.high && !keepsUpper[in.Name]
	v.after = after(in, s.dst)
	if in.Encoding == asm.DPP {
		m, err := d.mover(in)
		if err != nil {
			return nil, err
		}
		v.moved, v.src[0].moved = m, m
	}
	if in.Encoding == asm.SDWA {
		return v, d.sdwa(v, in)
	}
	return v, nil
}

// keepsUpper are gfx9's instructions with results of 16 bits that leave the
// upper half as it was; of others it becomes 0 (LLVM, zeroesHigh16BitsOfDest).
var keepsUpper = map[string]bool{
	"v_mad_u16": true, "v_mad_i16": true, "v_mad_f16": true, "v_fma_f16": true, "v_div_fixup_f16": true, "v_bitop3_b16": true,
}

// destination is the row of a vector register.
func (d *decoder) destination(a asm.Arg) (int, error) {
	switch a.Kind {
	case asm.VGPR:
		return a.Reg, nil
	case asm.AGPR:
		return agprs + a.Reg, nil
	}
	return 0, errArg
}

// after is what happens to a result: a factor, clamping, and of half floats,
// rounding.
func after(in *asm.Inst, t typ) func(d *row) {
	factor := float32(1)
	if n := in.Mods.Number("mul", 0); n != 0 {
		factor = float32(n)
	}
	if in.Mods.Number("div", 0) == 2 {
		factor = 0.5
	}
	clamp := in.Mods.Flags["clamp"]
	if t.kind != float || t.bits > 32 {
		return nil
	}
	narrow := t.bits == 16
	if factor == 1 && !clamp && !narrow {
		return nil
	}
	return func(d *row) {
		for i := range d {
			x := f32(d[i]) * factor
			if clamp {
				x = clamp01(x)
			}
			if narrow {
				d[i] = uint32(num.Narrow(x))
			} else {
				d[i] = u32(x)
			}
		}
	}
}

// clamp01 is what the clamp modifier does to floating-point results; a NaN
// becomes 0 (DX10_CLAMP, which is on for kernels).
func clamp01(x float32) float32 {
	switch {
	case x > 1:
		return 1
	case x > 0:
		return x
	}
	return 0
}

func f32(x uint32) float32 { return math.Float32frombits(x) }

func u32(x float32) uint32 { return math.Float32bits(x) }

func f64(x uint64) float64 { return math.Float64frombits(x) }

func u64(x float64) uint64 { return math.Float64bits(x) }
