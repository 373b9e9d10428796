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
var _ = table("RDNA3 ISA 7.9 \"Wave Matrix Multiply Accumulate\"; KERNELS.md 3",
	rule{name: "v_wmma_f32_16x16x16_f16", dsts: 1, build: wmmaFloat(num.Widen)},
	rule{name: "v_wmma_f32_16x16x16_bf16", dsts: 1, build: wmmaFloat(num.WidenB)},
	rule{name: "v_wmma_f16_16x16x16_f16", dsts: 1, adds: true, build: wmmaHalf(num.Widen, num.NarrowExact)},
	rule{name: "v_wmma_bf16_16x16x16_bf16", dsts: 1, adds: true, build: wmmaHalf(num.WidenB, num.NarrowBExact)},
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

// acc is C's element in lane l of register i.
func (r *wmmaRegs) acc(w *wave, i, l int) uint32 {
	if r.c < 0 {
		return r.constant
	}
	return w.v[0][r.c+i][l]
}

// A tile has the elements of A by k and row, of B by k and column, or of D by
// row and column.
type tile [wmmaSize][wmmaSize]float64

// read fills a tile with half floats, two in a register.
func (t *tile) read(v []row, from int, widen func(uint16) float32) {
	for i := range wmmaSize / 2 {
		r := &v[from+i]
		for l := range wmmaSize {
			t[2*i][l] = float64(widen(uint16(r[l])))
			t[2*i+1][l] = float64(widen(uint16(r[l] >> 16)))
		}
	}
}

// multiply adds all products to t. Those of half floats are exact in float64,
// their sums nearly so.
func (t *tile) multiply(a, b *tile) {
	for k := range wmmaSize {
		col := &b[k]
		for r := range wmmaSize {
			x, d := a[k][r], &t[r]
			for c := range d {
				d[c] += float64(x * col[c])
			}
		}
	}
}

func wmmaFloat(widen func(uint16) float32) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		r, err := d.wmma(in, typ{float, 32}, wmmaSize/2)
		negA, negB := in.Mods.Lists["neg_lo"], in.Mods.Lists["neg_hi"]
		if err == nil && (negA != nil || negB != nil) {
			err = errArg
		}
		return func(w *wave) {
			r.replicated(w, wmmaSize/2)
			var a, b, d tile
			v := w.v[0]
			a.read(v, r.a, widen)
			b.read(v, r.b, widen)
			for i := range wmmaSize / 2 {
				for l := range lanes {
					d[2*i+l/16][l%16] = float64(f32(r.acc(w, i, l)))
				}
			}
			d.multiply(&a, &b)
			for i := range wmmaSize / 2 {
				for l := range lanes {
					v[r.d+i][l] = u32(float32(d[2*i+l/16][l%16]))
				}
			}
		}, err
	}
}

// wmmaHalf has results of 16 bits in one half of each register; the other half
// stays.
func wmmaHalf(widen func(uint16) float32, narrow func(float64) uint16) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		r, err := d.wmma(in, typ{float, 16}, wmmaSize/2)
		shift := 16 * truth(in.Mods.Bit("op_sel", 2, 0))
		return func(w *wave) {
			r.replicated(w, wmmaSize/2)
			var a, b, d tile
			v := w.v[0]
			a.read(v, r.a, widen)
			b.read(v, r.b, widen)
			for i := range wmmaSize / 2 {
				for l := range lanes {
					d[2*i+l/16][l%16] = float64(widen(uint16(r.acc(w, i, l) >> shift)))
				}
			}
			d.multiply(&a, &b)
			for i := range wmmaSize / 2 {
				for l := range lanes {
					x := uint32(narrow(d[2*i+l/16][l%16]))
					v[r.d+i][l] = v[r.d+i][l]&^(0xffff<<shift) | x<<shift
				}
			}
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
				for l := range lanes {
					sum := r.acc(w, i, l)
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
