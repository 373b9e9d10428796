package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
)

func (s *isa) dots() {
	s.dot("dot", "(a, b []float32) float32", "is Kernels.Dot.", f32("b"))
	s.dot("dotF16", "(a []float32, b []uint16) float32", "is Kernels.DotF16.", f16("b"))
	s.sumSquares()
	s.max()
}

func (s *isa) dot(name, signature, doc string, b *array) {
	fn(name+s.name, signature, doc)
	a, sums := f32("a"), s.sums(4)
	s.each(4, []*array{a, b}, func(u int, t *step) {
		VFMADD231PS(t.load(a), t.load(b), sums[u])
	})
	s.returnSum(sums)
}

func (s *isa) sumSquares() {
	fn("sumSquares"+s.name, "(x []float32) float32", "is Kernels.SumSquares.")
	x, sums := f32("x"), s.sums(4)
	s.each(4, []*array{x}, func(u int, t *step) {
		v := t.load(x)
		VFMADD231PS(v, v, sums[u])
	})
	s.returnSum(sums)
}

func (s *isa) max() {
	fn("max"+s.name, "(x []float32) float32", "is Kernels.Max.")
	x, least, most := f32("x"), s.vec(), s.vec()
	VMOVUPS(constant("minusInf", math.Inf(-1)), least)
	VMOVUPS(least, most)
	s.each(1, []*array{x}, func(_ int, t *step) {
		VMAXPS(t.orElse(t.load(x), least), most, most)
	})
	Store(s.fold(most, maxPS).AsX(), ReturnIndex(0))
	ret()
}

func (s *isa) elementwise() {
	s.axpy("axpy", "(y, x []float32, a float32)", "is Kernels.Axpy.", f32("x"))
	s.axpy("axpyF16", "(y []float32, x []uint16, a float32)", "is Kernels.AxpyF16.", f16("x"))
	s.scale()
	s.mulScale()
	s.add()
}

func (s *isa) axpy(name, signature, doc string, x *array) {
	fn(name+s.name, signature, doc)
	y, a := f32("y"), s.argument("a")
	s.each(4, []*array{y, x}, func(_ int, t *step) {
		v := t.load(y)
		VFMADD231PS(a, t.load(x), v)
		t.store(v, y)
	})
	ret()
}

func (s *isa) scale() {
	fn("scale"+s.name, "(x []float32, a float32)", "is Kernels.Scale.")
	x, a := f32("x"), s.argument("a")
	s.each(4, []*array{x}, func(_ int, t *step) {
		v := t.load(x)
		VMULPS(a, v, v)
		t.store(v, x)
	})
	ret()
}

func (s *isa) mulScale() {
	fn("mulScale"+s.name, "(dst, x, w []float32, s float32)", "is Kernels.MulScale.")
	dst, x, w, by := f32("dst"), f32("x"), f32("w"), s.argument("s")
	s.each(4, []*array{dst, x, w}, func(_ int, t *step) {
		v := t.load(x)
		VMULPS(by, v, v)
		VMULPS(t.load(w), v, v)
		t.store(v, dst)
	})
	ret()
}

func (s *isa) add() {
	fn("add"+s.name, "(dst, x []float32)", "is Kernels.Add.")
	dst, x := f32("dst"), f32("x")
	s.each(4, []*array{dst, x}, func(_ int, t *step) {
		v := t.load(dst)
		VADDPS(t.load(x), v, v)
		t.store(v, dst)
	})
	ret()
}

func (s *isa) conversions() {
	dst, x := f32("dst"), f16("x")
	fn("f16ToF32"+s.name, "(dst []float32, x []uint16)", "is Kernels.F16ToF32.")
	s.each(4, []*array{dst, x}, func(_ int, t *step) { t.store(t.load(x), dst) })
	ret()

	to, from := f16("dst"), f32("x")
	fn("f32ToF16"+s.name, "(dst []uint16, x []float32)", "is Kernels.F32ToF16.")
	s.each(4, []*array{to, from}, func(_ int, t *step) { t.store(t.load(from), to) })
	ret()
}
