package sim

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
	"github.com/rocmforge/rocmforge/mxfp"
)

// Matrix instructions of gfx9: D = A*B + C in a wave of 64 lanes, with n rows
// and columns of 16 or 32, and k products for each. Lane l has row l%n of A
// and column l%n of B, of each k/(64/n) elements in order; of D it has column
// l%n and, in its registers, the rows that mfmaRow says (KERNELS.md 3; AMD
// matrix instruction calculator).
var _ = table("CDNA3 ISA 7.1 \"Matrix fused-multiply-add\"; KERNELS.md 3",
	mfma("v_mfma_f32_16x16x16_f16", 16, 16, halfElement(num.Widen)),
	mfma("v_mfma_f32_32x32x8_f16", 32, 8, halfElement(num.Widen)),
	mfma("v_mfma_f32_16x16x32_f16", 16, 32, halfElement(num.Widen)),
	mfma("v_mfma_f32_32x32x16_f16", 32, 16, halfElement(num.Widen)),
	mfma("v_mfma_f32_16x16x16_bf16", 16, 16, halfElement(num.WidenB)),
	mfma("v_mfma_f32_32x32x8_bf16", 32, 8, halfElement(num.WidenB)),
	mfma("v_mfma_f32_16x16x16_bf16_1k", 16, 16, halfElement(num.WidenB)),
	mfma("v_mfma_f32_32x32x8_bf16_1k", 32, 8, halfElement(num.WidenB)),
	mfma("v_mfma_f32_16x16x32_bf16", 16, 32, halfElement(num.WidenB)),
	mfma("v_mfma_f32_32x32x16_bf16", 32, 16, halfElement(num.WidenB)),
	mfma("v_mfma_f32_16x16x4_f32", 16, 4, wordElement), mfma("v_mfma_f32_32x32x2_f32", 32, 2, wordElement),
	mfmaInt("v_mfma_i32_16x16x32_i8", 16, 32), mfmaInt("v_mfma_i32_32x32x16_i8", 32, 16),
	mfmaInt("v_mfma_i32_16x16x64_i8", 16, 64), mfmaInt("v_mfma_i32_32x32x32_i8", 32, 32),
)

var _ = table("CDNA3 ISA 7.1; the types are those of OCP, as on gfx950", joined(mfmaBytes("16x16x32", 16, 32), mfmaBytes("32x32x16", 32, 16))...)

// An element reads element i of a lane's operand in registers that begin at
// from.
type element func(v []row, from, l, i int) float64

func halfElement(widen func(uint16) float32) element {
	return func(v []row, from, l, i int) float64 {
		return float64(widen(uint16(v[from+i/2][l] >> (16 * (i & 1)))))
	}
}

func wordElement(v []row, from, l, i int) float64 { return float64(f32(v[from+i][l])) }

func byteElement(e *mxfp.Element) element {
	return func(v []row, from, l, i int) float64 {
		return float64(e.Decode(byte(v[from+i/4][l] >> (8 * (i & 3)))))
	}
}

// mfmaRow is the row of D in register r of a lane.
func mfmaRow(n, r, l int) int {
	if n == 16 {
		return 4*(l/16) + r
	}
	return 8*(r/4) + 4*(l/32) + r%4
}

// An mfmaInst is a decoded one.
type mfmaInst struct {
	n, k       int
	d, a, b, c int // c is -1: constant
	constant   uint32
}

func (d *decoder) mfma(in *asm.Inst, n, k int, t typ) (*mfmaInst, error) {
	m := &mfmaInst{n: n, k: k}
	if d.wave != 2*lanes || len(in.Args) < 4 {
		return nil, errOperands(in)
	}
	for i, to := range []*int{&m.d, &m.a, &m.b, &m.c} {
		a := in.Args[i]
		if i == 3 && (a.Kind == asm.Int || a.Kind == asm.Float) {
			m.c, m.constant = -1, uint32(constant(a, t))
			continue
		}
		var err error
		if *to, err = d.destination(a); err != nil {
			return nil, err
		}
	}
	d.use.crosses = true
	return m, nil
}

// plainMFMA refuses the controls that move blocks of operands.
func plainMFMA(in *asm.Inst) error {
	for _, name := range []string{"cbsz", "abid", "blgp"} {
		if in.Mods.Number(name, 0) != 0 {
			return fmt.Errorf("a matrix instruction with %s", name)
		}
	}
	return nil
}

// A matrix has the elements of A by k and row, of B by k and column, or of D
// by row and column.
type matrix [128][32]float64

// matrices are those of an instruction: every goroutine has its own.
type matrices struct{ a, b, d matrix }

// read fills a matrix. Of a lane's elements each run of some lies in order,
// from the k that first gives.
func (m *matrix) read(w *wave, n, from, count int, e element, run int, first func(l, i int) int) {
	for l := range 2 * lanes {
		v := w.v[l/lanes]
		for i := 0; i < count; i += run {
			k := first(l, i)
			for j := range run {
				m[k+j][l%n] = e(v, from, l%lanes, i+j)
			}
		}
	}
}

// inOrder is where a lane's elements begin in operands that lie in order.
func (m *mfmaInst) inOrder(l, i int) int { return m.count()*(l/m.n) + i }

// count is how many elements of an operand a lane has.
func (m *mfmaInst) count() int { return m.k * m.n / (2 * lanes) }

// each gives all elements of D as lanes have them.
func (m *mfmaInst) each(w *wave, f func(x *float64, v *uint32, c uint32)) {
	for h := range w.halves {
		for r := range m.n * m.n / (2 * lanes) {
			for l := range lanes {
				c := m.constant
				if m.c >= 0 {
					c = w.v[h][m.c+r][l]
				}
				at := h*lanes + l
				f(&w.g.matrices.d[mfmaRow(m.n, r, at)][at%m.n], &w.v[h][m.d+r][l], c)
			}
		}
	}
}

// run multiplies the matrices that are read.
func (m *mfmaInst) run(w *wave) {
	w.mustBeFull()
	x := w.g.matrices
	m.each(w, func(d *float64, _ *uint32, c uint32) { *d = float64(f32(c)) })
	x.d.multiply(&x.a, &x.b, m.n, m.k)
	m.each(w, func(d *float64, v *uint32, _ uint32) { *v = u32(float32(*d)) })
}

// multiply adds all products to m.
func (m *matrix) multiply(a, b *matrix, n, k int) {
	for i := range k {
		col := b[i][:n]
		for r, x := range a[i][:n] {
			d := m[r][:n]
			for c, y := range col {
				d[c] += float64(x * y)
			}
		}
	}
}

// mustBeFull reports matrix instructions of waves of which lanes are not
// active: the hardware ignores EXEC, which no compiler means.
func (w *wave) mustBeFull() {
	if w.exec64() != math.MaxUint64 {
		w.fault("partial wave", "a matrix instruction with lanes that are not active", -1)
	}
}

func mfma(name string, n, k int, e element) rule {
	return mixedMFMA(name, n, k, e, e)
}

func mixedMFMA(name string, n, k int, ea, eb element) rule {
	return rule{name: name, dsts: 1, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		m, err := d.mfma(in, n, k, typ{float, 32})
		if err == nil {
			err = plainMFMA(in)
		}
		return func(w *wave) {
			x := w.matrices()
			x.a.read(w, n, m.a, m.count(), ea, m.count(), m.inOrder)
			x.b.read(w, n, m.b, m.count(), eb, m.count(), m.inOrder)
			m.run(w)
		}, err
	}}
}

func (w *wave) matrices() *matrices {
	if w.g.matrices == nil {
		w.g.matrices = new(matrices)
	}
	return w.g.matrices
}

func mfmaInt(name string, n, k int) rule {
	return rule{name: name, dsts: 1, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		m, err := d.mfma(in, n, k, typ{signed, 32})
		if err == nil {
			err = plainMFMA(in)
		}
		signedByte := func(v []row, from, l, i int) float64 {
			return float64(int8(v[from+i/4][l] >> (8 * (i & 3))))
		}
		return func(w *wave) {
			w.mustBeFull()
			x := w.matrices()
			x.a.read(w, n, m.a, m.count(), signedByte, m.count(), m.inOrder)
			x.b.read(w, n, m.b, m.count(), signedByte, m.count(), m.inOrder)
			clear(x.d[:n])
			x.d.multiply(&x.a, &x.b, n, k)
			m.each(w, func(d *float64, v *uint32, c uint32) { *v = c + uint32(int64(*d)) })
		}, err
	}}
}

// mfmaBytes are the products of 8-bit floats, of which each operand has a type
// of its own.
func mfmaBytes(size string, n, k int) (list []rule) {
	types := map[string]*mxfp.Element{"fp8": mxfp.E4M3, "bf8": mxfp.E5M2}
	for x, a := range types {
		for y, b := range types {
			list = append(list, mixedMFMA("v_mfma_f32_"+size+"_"+x+"_"+y, n, k, byteElement(a), byteElement(b)))
		}
	}
	return list
}
