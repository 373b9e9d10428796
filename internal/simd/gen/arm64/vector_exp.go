package main

import "math"

// The constants of exp, in the registers that follow.
const (
	expLeast V = constant + iota
	expMost
	log2e
	ln2High
	ln2Low
	expTerm // .. expTerm+5, of the highest power first
	_
	_
	_
	_
	_
	one
	bias127 // as integers
	gateConstant
	_
)

func expConstants(p *program) {
	for i, f := range []float64{-104, 89, math.Log2E, 0.693359375, -2.12194440e-4,
		1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1} {
		p.set(expLeast+V(i), f)
	}
	p.setBits(bias127, 127)
}

// exp replaces x by its exponential: x = n ln2 + r with |r| <= ln2/2, and
// e^r = 1 + r + r² p(r) with the polynomial of Cephes' expf (Moshier). Outside
// of [-104, 89] the result is 0 or +Inf. NaN stays NaN. Other than x, it uses
// V13 to V15.
func exp(p *program, x V) {
	const n, sum, last V = 13, 14, 15
	p.fmax(x, x, expLeast)
	p.fmin(x, x, expMost)
	p.fmul(n, x, log2e)
	p.frintn(n, n)
	p.fmls(x, n, ln2High)
	p.fmls(x, n, ln2Low)
	p.mov(sum, expTerm)
	for i := range V(5) {
		p.mov(last, sum)
		p.mov(sum, expTerm+1+i)
		p.fmla(sum, last, x)
	}
	p.fmul(last, sum, x)
	p.mov(sum, x)
	p.fmla(sum, last, x)
	p.fadd(x, sum, one)
	ldexp(p, x, n, last)
}

// ldexp multiplies x by 2^n in two steps of half as much, since 2^n need not
// be a normal float.
func ldexp(p *program, x, n, half V) {
	p.fcvtns(n, n)
	p.sshr4s(half, n, 1)
	p.sub4s(n, n, half)
	for _, e := range []V{half, n} {
		p.add4s(e, e, bias127)
		p.shl4s(e, e, 23)
		p.fmul(x, x, e)
	}
}

func activations(p *program) {
	gates(p, "siluMul", "SiLUMul", func() {}, func() { p.fneg(1, 0) })

	// (1+tanh(t))/2 = 1/(1+exp(-2t)), t = √(2/π)(g + 0.044715 g³)
	const linear, cubic = gateConstant, gateConstant + 1
	factor := -2 * math.Sqrt(2/math.Pi)
	gates(p, "geluMul", "GELUMul", func() {
		p.set(linear, factor)
		p.set(cubic, factor*0.044715)
	}, func() {
		p.fmul(2, 0, 0)
		p.mov(1, linear)
		p.fmla(1, 2, cubic)
		p.fmul(1, 1, 0)
	})

	dst, x := f32("dst"), f32("x")
	l := p.vector("expSum", "ExpSum", []*array{dst, x}, "max", true)
	const sums V = 4 // .. 7, so that long sums stay exact enough
	for i := range V(4) {
		p.movi(sums+i, 0)
	}
	expConstants(p)
	l.each(4, func(s *step) {
		sum := sums + V(s.u)
		s.load(x, 0)
		s.fsub(0, 0, 31)
		exp(p, 0)
		s.store(0, dst)
		if s.lanes == 1 {
			s.lane0(0)
		}
		s.fadd(sum, sum, 0)
	})
	l.returnSum(sums, 4)
}

// gates is dst = up * gate/(1+exp(t)), where argument makes t, in V1, of the
// gate, in V0.
func gates(p *program, name, doc string, constants, argument func()) {
	dst, gate, up := f32("dst"), f32("gate"), f32("up")
	l := p.vector(name, doc, []*array{dst, gate, up}, "", false)
	expConstants(p)
	constants()
	l.each(1, func(s *step) {
		s.load(gate, 0)
		argument()
		exp(p, 1)
		s.fadd(1, 1, one)
		s.fdiv(0, 0, 1)
		s.load(up, 2)
		s.fmul(0, 0, 2)
		s.store(0, dst)
	})
	p.ret()
}
