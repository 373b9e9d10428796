package sim

import (
	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

// Matrix instructions of gfx11: D = A*B + C, all 16 by 16, in a wave of 32
// lanes. Lane l has row l%16 of A and column l%16 of B, all 16 elements of it;
// both halves of the wave have to have the same. Of D it has column l%16, in
// register r row 2r + l/16.
//
// How the hardware rounds between the products is not told; here the sum is
// rounded once.
var _ = table("RDNA3 ISA 7.9 \"Wave Matrix Multiply Accumulate\"",
	rule{name: "v_wmma_f32_16x16x16_f16", dsts: 1, build: wmmaFloat(f16Element)},
	rule{name: "v_wmma_f32_16x16x16_bf16", dsts: 1, build: wmmaFloat(bf16Element)},
	rule{name: "v_wmma_f16_16x16x16_f16", dsts: 1, adds: true, build: wmmaHalf(num.Widen, f16Element, num.NarrowExact)},
	rule{name: "v_wmma_bf16_16x16x16_bf16", dsts: 1, adds: true, build: wmmaHalf(num.WidenB, bf16Element, num.NarrowBExact)},
	rule{name: "v_wmma_i32_16x16x16_iu8", dsts: 1, build: wmmaInt(8)},
	rule{name: "v_wmma_i32_16x16x16_iu4", dsts: 1, build: wmmaInt(4)},
)

const wmmaSize = 16

// wmmaRegs are the first registers of D, A, B and C; C may be a constant.
type wmmaRegs struct {
	d, a, b, c int // c is -1: constant
	constant   uint32
}

// wmma decodes the operands; A and B have so many registers each.
func (d *decoder) wmma(in *asm.Inst, t typ, inputs int) (r wmmaRegs, err error) {
	if d.wave != lanes || len(in.Args) != 4 {
		return r, errOperands(in)
	}
	for i, to := range []*int{&r.d, &r.a, &r.b, &r.c} {
		a := in.Args[i]
		if i == 3 && (a.Kind == asm.Int || a.Kind == asm.Float) {
			r.c, r.constant = -1, uint32(constant(a, t))
			continue
		}
		if *to, err = d.destination(a); err != nil {
			return r, err
		}
		if words := []int{wmmaSize / 2, inputs, inputs, wmmaSize / 2}[i]; a.N != words {
			return r, errArg
		}
	}
	d.use.crosses = true
	return r, nil
}

// replicated reports lanes of the upper half whose operands differ from those
// of the lower one: hardware takes some from here and some from there.
func (r *wmmaRegs) replicated(w *wave, words int) {
	if w.exec(0) != all {
		w.fault("partial wave", "a matrix instruction with lanes that are not active", -1)
	}
	for i := range words {
		for l := range wmmaSize {
			if a := &w.v[0][r.a+i]; a[l] != a[l+16] {
				w.fault("wrong lanes", "the upper half of the wave does not repeat the lower half's rows of the first matrix", l+16)
			}
			if b := &w.v[0][r.b+i]; b[l] != b[l+16] {
				w.fault("wrong lanes", "the upper half of the wave does not repeat the lower half's columns of the second matrix", l+16)
			}
		}
	}
}

// acc is C's register i.
func (r *wmmaRegs) acc(w *wave, i int) *row {
	if r.c >= 0 {
		return &w.v[0][r.c+i]
	}
	c := &w.temp[0][0]
	fill(c, r.constant)
	return c
}

// read fills the matrices with A and B.
func (r *wmmaRegs) read(w *wave, e element) *matrices {
	x := w.matrices()
	for k := range wmmaSize {
		e(x.a[k][:wmmaSize], w.v[0], r.a, 0, k)
		e(x.b[k][:wmmaSize], w.v[0], r.b, 0, k)
	}
	return x
}

// each gives the rows of D, with the part of the register that has each.
func (r *wmmaRegs) each(x *matrices, register func(i int) *row, f func(d []float64, v []uint32)) {
	for i := range wmmaSize / 2 {
		v := register(i)
		f(x.d[2*i][:wmmaSize], v[:wmmaSize])
		f(x.d[2*i+1][:wmmaSize], v[wmmaSize:])
	}
}

func wmmaFloat(e element) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		r, err := d.wmma(in, typ{float, 32}, wmmaSize/2)
		negA, negB := in.Mods.Lists["neg_lo"], in.Mods.Lists["neg_hi"]
		if err == nil && (negA != nil || negB != nil) {
			err = errArg
		}
		return func(w *wave) {
			r.replicated(w, wmmaSize/2)
			x := r.read(w, e)
			r.each(x, func(i int) *row { return r.acc(w, i) }, func(d []float64, c []uint32) {
				for l, x := range c {
					d[l] = float64(f32(x))
				}
			})
			x.d.multiply(&x.a, &x.b, wmmaSize, wmmaSize)
			r.each(x, func(i int) *row { return &w.v[0][r.d+i] }, func(d []float64, v []uint32) {
				for l, x := range d {
					v[l] = u32(float32(x))
				}
			})
		}, err
	}
}

// wmmaHalf has results of 16 bits in one half of each register; the other half
// stays.
func wmmaHalf(widen func(uint16) float32, e element, narrow func(float64) uint16) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		r, err := d.wmma(in, typ{float, 16}, wmmaSize/2)
		shift := 16 * truth(in.Mods.Bit("op_sel", 2, 0))
		return func(w *wave) {
			r.replicated(w, wmmaSize/2)
			x := r.read(w, e)
			r.each(x, func(i int) *row { return r.acc(w, i) }, func(d []float64, c []uint32) {
				for l, x := range c {
					d[l] = float64(widen(uint16(x >> shift)))
				}
			})
			x.d.multiply(&x.a, &x.b, wmmaSize, wmmaSize)
			r.each(x, func(i int) *row { return &w.v[0][r.d+i] }, func(d []float64, v []uint32) {
				for l, x := range d {
					v[l] = v[l]&^(0xffff<<shift) | uint32(narrow(x))<<shift
				}
			})
		}, err
	}
}

func wmmaInt(width int) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		r, err := d.wmma(in, typ{signed, 32}, wmmaSize*width/32)
		sa, sb := in.Mods.Bit("neg_lo", 0, 0), in.Mods.Bit("neg_lo", 1, 0)
		if err == nil && in.Mods.Flags["clamp"] {
			err = errArg
		}
		words := wmmaSize * width / 32
		return func(w *wave) {
			r.replicated(w, words)
			v := w.v[0]
			var out [wmmaSize / 2]row
			for i := range out {
				c := r.acc(w, i)
				for l, sum := range *c {
					for k := range words {
						sum = dotInt(v[r.a+k][2*i+l/16], v[r.b+k][l%16], sum, width, sa, sb)
					}
					out[i][l] = sum
				}
			}
			copy(v[r.d:], out[:])
		}, err
	}
}
