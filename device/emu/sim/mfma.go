package sim

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
	"github.com/rocmforge/rocmforge/mxfp"
)

// Matrix instructions of gfx9: D = A*B + C in a wave of 64 lanes, with n rows
// and columns of 16 or 32, and k products for each. Lane l has row l%n of A
// and column l%n of B, of each k/(64/n) elements in order; of D it has column
// l%n and, in its registers, the rows that mfmaRow says (AMD, "Matrix
// Core Programming on AMD CDNA3 and CDNA4"; AMD matrix instruction calculator).
var _ = table("CDNA3 ISA 7.1 \"Matrix fused-multiply-add\"; AMD matrix instruction calculator",
	mfma("v_mfma_f32_16x16x16_f16", 16, 16, f16Element),
	mfma("v_mfma_f32_32x32x8_f16", 32, 8, f16Element),
	mfma("v_mfma_f32_16x16x32_f16", 16, 32, f16Element),
	mfma("v_mfma_f32_32x32x16_f16", 32, 16, f16Element),
	mfma("v_mfma_f32_16x16x16_bf16", 16, 16, bf16Element),
	mfma("v_mfma_f32_32x32x8_bf16", 32, 8, bf16Element),
	mfma("v_mfma_f32_16x16x16_bf16_1k", 16, 16, bf16Element),
	mfma("v_mfma_f32_32x32x8_bf16_1k", 32, 8, bf16Element),
	mfma("v_mfma_f32_16x16x32_bf16", 16, 32, bf16Element),
	mfma("v_mfma_f32_32x32x16_bf16", 32, 16, bf16Element),
	mfma("v_mfma_f32_16x16x4_f32", 16, 4, wordElement), mfma("v_mfma_f32_32x32x2_f32", 32, 2, wordElement),
	mfmaInt("v_mfma_i32_16x16x32_i8", 16, 32), mfmaInt("v_mfma_i32_32x32x16_i8", 32, 16),
	mfmaInt("v_mfma_i32_16x16x64_i8", 16, 64), mfmaInt("v_mfma_i32_32x32x32_i8", 32, 32),
)

var _ = table("CDNA3 ISA 7.1; the types are those of OCP, as on gfx950", joined(mfmaBytes("16x16x32", 16, 32), mfmaBytes("32x32x16", 32, 16))...)

// An element reads element i of operands in registers that begin at from: those
// of as many lanes as there are numbers to fill, from lane l on.
type element func(to []float64, v []row, from, l, i int)

func f16Element(to []float64, v []row, from, l, i int) {
	shift := 16 * (i & 1)
	for j, x := range v[from+i/2][l:][:len(to)] {
		to[j] = float64(num.Widen(uint16(x >> shift)))
	}
}

func bf16Element(to []float64, v []row, from, l, i int) {
	shift := 16 * (i & 1)
	for j, x := range v[from+i/2][l:][:len(to)] {
		to[j] = float64(num.WidenB(uint16(x >> shift)))
	}
}

func wordElement(to []float64, v []row, from, l, i int) {
	for j, x := range v[from+i][l:][:len(to)] {
		to[j] = float64(f32(x))
	}
}

func signedByte(to []float64, v []row, from, l, i int) {
	shift := 8 * (i & 3)
	for j, x := range v[from+i/4][l:][:len(to)] {
		to[j] = float64(int8(x >> shift))
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
	for l := 0; l < 2*lanes; l += n { // these are all rows, or columns
		for i := 0; i < count; i += run {
			k := first(l, i)
			for j := range run {
				e(m[k+j][:n], w.v[l/lanes], from, l%lanes, i+j)
			}
		}
	}
}

// inOrder is where a lane's elements begin in operands that lie in order.
func (m *mfmaInst) inOrder(l, i int) int { return m.count()*(l/m.n) + i }

// count is how many elements of an operand a lane has.
func (m *mfmaInst) count() int { return m.k * m.n / (2 * lanes) }

// each gives the elements of D that a register of some lanes has, side by side
// in a row: with the register of the result, and that of C, or nil.
func (m *mfmaInst) each(w *wave, f func(d []float64, v, c []uint32)) {
	for l := 0; l < 2*lanes; l += m.n {
		v, from := w.v[l/lanes], l%lanes
		for r := range m.n * m.n / (2 * lanes) {
			var c []uint32
			if m.c >= 0 {
				c = v[m.c+r][from:][:m.n]
			}
			f(w.g.matrices.d[mfmaRow(m.n, r, l)][:m.n], v[m.d+r][from:][:m.n], c)
		}
	}
}

// run multiplies the matrices that are read.
func (m *mfmaInst) run(w *wave) {
	w.mustBeFull()
	x := w.g.matrices
	m.each(w, func(d []float64, _, c []uint32) {
		for i := range d {
			d[i] = float64(f32(m.constant))
		}
		for i, c := range c {
			d[i] = float64(f32(c))
		}
	})
	x.d.multiply(&x.a, &x.b, m.n, m.k)
	m.each(w, func(d []float64, v, _ []uint32) {
		for i, x := range d {
			v[i] = u32(float32(x))
		}
	})
}

// multiply adds all products to m.
func (m *matrix) multiply(a, b *matrix, n, k int) {
	x, y := a.flat(), b.flat()
	for r := range n {
		for c := 0; c < n; c += 8 {
			products((*[8]float64)(m[r][c:]), x[r:], y[c:], k, len(m[0]))
		}
	}
}

func (m *matrix) flat() []float64 { return unsafe.Slice(&m[0][0], len(m)*len(m[0])) }

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
		return func(w *wave) {
			w.mustBeFull()
			x := w.matrices()
			x.a.read(w, n, m.a, m.count(), signedByte, m.count(), m.inOrder)
			x.b.read(w, n, m.b, m.count(), signedByte, m.count(), m.inOrder)
			clear(x.d[:n])
			x.d.multiply(&x.a, &x.b, n, k)
			m.each(w, func(d []float64, v, c []uint32) {
				for i, x := range d {
					sum := m.constant
					if c != nil {
						sum = c[i]
					}
					v[i] = sum + uint32(int64(x))
				}
			})
		}, err
	}}
}

// mfmaBytes are the products of 8-bit floats, of which each operand has a type
// of its own.
func mfmaBytes(size string, n, k int) (list []rule) {
	types := map[string]*mxfp.Element{"fp8": mxfp.E4M3(), "bf8": mxfp.E5M2()}
	for x, a := range types {
		for y, b := range types {
			list = append(list, mixedMFMA("v_mfma_f32_"+size+"_"+x+"_"+y, n, k, smallElement(a), smallElement(b)))
		}
	}
	return list
}
