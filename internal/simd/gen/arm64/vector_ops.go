package main

import "math"

func reductions(p *program) {
	for _, b := range []*array{f32("b"), f16("b")} {
		name := map[int]string{4: "ot", 2: "otF16"}[b.size]
		a := f32("a")
		l := p.vector("d"+name, "D"+name, []*array{a, b}, "", true)
		l.sumOf(func(s *step, sum V) {
			s.load(a, 0)
			s.load(b, 1)
			s.fmla(sum, 0, 1)
		})
	}

	x := f32("x")
	l := p.vector("sumSquares", "SumSquares", []*array{x}, "", true)
	l.sumOf(func(s *step, sum V) {
		s.load(x, 0)
		s.fmla(sum, 0, 0)
	})

	l = p.vector("max", "Max", []*array{x}, "", true)
	p.set(constant, math.Inf(-1))
	l.each(1, func(s *step) {
		s.load(x, 0)
		if s.lanes == 1 {
			s.dup(0, 0)
		}
		s.fmax(constant, constant, 0)
	})
	p.fmaxv(constant, constant)
	l.returnFloat(constant)
}

// sumOf has body add to four sums in turn, and returns their total.
func (l *loop) sumOf(body func(s *step, sum V)) {
	for u := range V(4) {
		l.movi(constant+u, 0)
	}
	l.each(4, func(s *step) { body(s, constant+V(s.u)) })
	l.returnSum(constant, 4)
}

func elementwise(p *program) {
	for _, x := range []*array{f32("x"), f16("x")} {
		name := map[int]string{4: "xpy", 2: "xpyF16"}[x.size]
		y := f32("y")
		p.vector("a"+name, "A"+name, []*array{y, x}, "a", false).each(4, func(s *step) {
			s.load(y, 0)
			s.load(x, 1)
			s.fmla(0, 1, 31)
			s.store(0, y)
		})
		p.ret()
	}

	dst, x, w := f32("dst"), f32("x"), f32("w")
	p.vector("scale", "Scale", []*array{x}, "a", false).each(4, func(s *step) {
		s.load(x, 0)
		s.fmul(0, 0, 31)
		s.store(0, x)
	})
	p.ret()

	p.vector("mulScale", "MulScale", []*array{dst, x, w}, "s", false).each(4, func(s *step) {
		s.load(x, 0)
		s.load(w, 1)
		s.fmul(0, 0, 31)
		s.fmul(0, 0, 1)
		s.store(0, dst)
	})
	p.ret()

	p.vector("add", "Add", []*array{dst, x}, "", false).each(4, func(s *step) {
		s.load(dst, 0)
		s.load(x, 1)
		s.fadd(0, 0, 1)
		s.store(0, dst)
	})
	p.ret()
}

func conversions(p *program) {
	for _, c := range []struct {
		name, doc string
		dst, x    *array
	}{
		{"f16ToF32", "F16ToF32", f32("dst"), f16("x")},
		{"f32ToF16", "F32ToF16", f16("dst"), f32("x")},
	} {
		p.vector(c.name, c.doc, []*array{c.dst, c.x}, "", false).each(4, func(s *step) {
			s.load(c.x, 0)
			s.store(0, c.dst)
		})
		p.ret()
	}
}
