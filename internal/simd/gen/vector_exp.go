package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// exp replaces x by its exponential: x = n ln2 + r with |r| <= ln2/2, and
// e^r = 1 + r + r² p(r) with the polynomial of Cephes' expf (Moshier). Outside
// of [-104, 89] the result is 0 or +Inf. NaN stays NaN.
func (s *isa) exp(x VecVirtual) {
	bound, n := s.vec(), s.vec()
	VMOVUPS(constant("expLeast", -104), bound)
	VMAXPS(x, bound, x)
	VMOVUPS(constant("expMost", 89), bound)
	VMINPS(x, bound, x)
	VMULPS(constant("log2e", math.Log2E), x, n)
	s.round(n)
	VFNMADD231PS(constant("ln2High", 0.693359375), n, x)
	VFNMADD231PS(constant("ln2Low", -2.12194440e-4), n, x)
	p := s.vec()
	VMOVUPS(constant("exp0", 1.9875691500e-4), p)
	VFMADD213PS(constant("exp1", 1.3981999507e-3), x, p)
	VFMADD213PS(constant("exp2", 8.3334519073e-3), x, p)
	VFMADD213PS(constant("exp3", 4.1665795894e-2), x, p)
	VFMADD213PS(constant("exp4", 1.6666665459e-1), x, p)
	VFMADD213PS(constant("exp5", 5.0000001201e-1), x, p)
	VMULPS(x, p, p)
	VFMADD213PS(x, x, p)
	VADDPS(constant("one", 1), p, p)
	s.ldexp(p, n)
	VMOVUPS(p, x)
}

// round rounds to the nearest integer.
func (s *isa) round(v VecVirtual) {
	if s == avx512 {
		VRNDSCALEPS(Imm(0), v, v)
	} else {
		VROUNDPS(Imm(0), v, v)
	}
}

// ldexp multiplies p by 2^n. AVX2 does it in two steps of half as much,
// since 2^n need not be a normal float.
func (s *isa) ldexp(p, n VecVirtual) {
	if s == avx512 {
		VSCALEFPS(n, p, p)
		return
	}
	half := s.vec()
	VCVTPS2DQ(n, n)
	VPSRAD(Imm(1), n, half)
	VPSUBD(half, n, n)
	for _, e := range []VecVirtual{half, n} {
		VPADDD(constantBits("bias127", 127), e, e)
		VPSLLD(Imm(23), e, e)
		VMULPS(e, p, p)
	}
}

// gated divides gate by 1 + exp(x) and multiplies by up; x is used up.
func (s *isa) gated(gate, up, x VecVirtual) {
	s.exp(x)
	VADDPS(constant("one", 1), x, x)
	VDIVPS(x, gate, gate)
	VMULPS(up, gate, gate)
}

func (s *isa) activations() {
	s.siluMul()
	s.geluMul()
	s.expSum()
}

func (s *isa) siluMul() {
	fn("siluMul"+s.name, "(dst, gate, up []float32)", "is Kernels.SiLUMul.")
	dst, gate, up := f32("dst"), f32("gate"), f32("up")
	s.each(1, []*array{dst, gate, up}, func(_ int, t *step) {
		g, x := t.load(gate), s.vec()
		VXORPS(constantBits("sign", 1<<31), g, x)
		s.gated(g, t.load(up), x)
		t.store(g, dst)
	})
	ret()
}

// geluMul uses (1+tanh(t))/2 = 1/(1+exp(-2t)) with t = √(2/π)(g + 0.044715 g³).
func (s *isa) geluMul() {
	fn("geluMul"+s.name, "(dst, gate, up []float32)", "is Kernels.GELUMul.")
	dst, gate, up := f32("dst"), f32("gate"), f32("up")
	factor := -2 * math.Sqrt(2/math.Pi)
	s.each(1, []*array{dst, gate, up}, func(_ int, t *step) {
		g, x, linear := t.load(gate), s.vec(), s.vec()
		VMULPS(g, g, x)
		VMOVUPS(constant("geluLinear", factor), linear)
		VFMADD132PS(constant("geluCubic", factor*0.044715), linear, x)
		VMULPS(g, x, x)
		s.gated(g, t.load(up), x)
		t.store(g, dst)
	})
	ret()
}

func (s *isa) expSum() {
	fn("expSum"+s.name, "(dst, x []float32, max float32) float32", "is Kernels.ExpSum.")
	dst, x := f32("dst"), f32("x")
	most, sums, none := s.argument("max"), s.sums(1), zero(s.vec())
	s.each(1, []*array{dst, x}, func(_ int, t *step) {
		v := t.load(x)
		VSUBPS(most, v, v)
		s.exp(v)
		t.store(v, dst)
		VADDPS(t.orElse(v, none), sums[0], sums[0])
	})
	s.returnSum(sums)
}
