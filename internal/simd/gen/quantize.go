package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const infinity = 0xff << 23

// quantizeQ8 keeps a chunk of 32 floats in registers.
func (s *isa) quantizeQ8() {
	fn("quantizeQ8"+s.name, "(dst *Q8Block, x *float32, blocks, ldx int)", "is Kernels.QuantizeQ8.")
	dst, x, blocks, stride := param("dst"), param("x"), param("blocks"), param("ldx")
	SHLQ(Imm(6), stride)
	times("chunk", blocks, func() {
		v := s.loadChunk(x)
		amax := s.amax(v)
		zeros, done := label("zeros"), label("done")
		bits := GP32()
		VMOVD(amax.AsX(), bits)
		CMPL(bits, U32(27<<23)) // 2^-100
		JB(LabelRef(zeros))
		CMPL(bits, U32(infinity))
		JAE(LabelRef(zeros))
		s.quantizeChunk(dst, v, amax)
		JMP(LabelRef(done))
		Label(zeros)
		clear := zero(YMM())
		VMOVDQU(clear, at(dst, 0))
		VMOVDQU(clear, at(dst, 32))
		CMPL(bits, U32(infinity))
		JB(LabelRef(done))
		MOVL(bits, at(dst, q8Scale))
		MOVL(bits, at(dst, q8Sum))
		Label(done)
		ADDQ(U32(128), x)
		ADDQ(stride, dst)
	})
	ret()
}

func (s *isa) loadChunk(x Register) []VecVirtual {
	v := make([]VecVirtual, 32/s.lanes)
	for i := range v {
		v[i] = s.vec()
		VMOVUPS(at(x, s.bytes()*i), v[i])
	}
	return v
}

// amax is the largest magnitude, in lane 0. Magnitudes compare as their bits do,
// which makes NaNs the largest.
func (s *isa) amax(v []VecVirtual) VecVirtual {
	most, abs := s.vec(), s.vec()
	magnitude := constantBits("magnitude", 1<<31-1)
	VANDPS(magnitude, v[0], most)
	for _, x := range v[1:] {
		VANDPS(magnitude, x, abs)
		VPMAXUD(abs, most, most)
	}
	return s.fold(most, maxUD)
}

func (s *isa) quantizeChunk(dst Register, v []VecVirtual, amax VecVirtual) {
	scale, inverse := XMM(), s.vec()
	limit := constant("q8Most", 127)
	VDIVSS(limit, amax.AsX(), scale)
	VMOVSS(scale, at(dst, q8Scale))
	x := XMM()
	VMOVSS(limit, x)
	VDIVSS(amax.AsX(), x, x)
	VBROADCASTSS(x, inverse)
	for i := range v {
		VMULPS(inverse, v[i], v[i])
		VCVTPS2DQ(v[i], v[i])
	}
	s.storeCodes(dst, v)
	s.storeSums(dst, v, scale)
}

// storeCodes narrows 32 dwords to bytes.
func (s *isa) storeCodes(dst Register, v []VecVirtual) {
	if s == avx512 {
		for i := range v {
			VPMOVDB(v[i], at(dst, q8Q+16*i))
		}
		return
	}
	a, b, order := YMM(), YMM(), YMM()
	VPACKSSDW(v[1], v[0], a)
	VPACKSSDW(v[3], v[2], b)
	VPACKSSWB(b, a, a)
	VMOVDQU(words("unpack", 0, 4, 1, 5, 2, 6, 3, 7), order)
	VPERMD(a, order, a)
	VMOVDQU(a, at(dst, q8Q))
}

// storeSums writes the sums over both halves, negative, and the whole's.
func (s *isa) storeSums(dst Register, v []VecVirtual, scale VecVirtual) {
	half := len(v) / 2
	lo, hi := s.quarter(v[:half]), s.quarter(v[half:])
	VPHADDD(hi, lo, lo)
	VPHADDD(lo, lo, lo)
	a, b, sum := GP32(), GP32(), XMM()
	VMOVD(lo, a)
	VPEXTRD(Imm(1), lo, b)
	whole := GP32()
	MOVL(a, whole)
	ADDL(b, whole)
	VXORPS(sum, sum, sum)
	VCVTSI2SSL(whole, sum, sum)
	VMULSS(scale, sum, sum)
	VMOVSS(sum, at(dst, q8Sum))
	for i, r := range []Register{whole, a, b} {
		NEGL(r)
		MOVL(r, at(dst, q8Neg+4*i))
	}
}

// quarter adds 16 dwords down to four.
func (s *isa) quarter(v []VecVirtual) VecVirtual {
	sum, high := YMM(), YMM()
	if s == avx512 {
		VEXTRACTI64X4(Imm(1), v[0], high)
		VPADDD(high, v[0].AsY(), sum)
	} else {
		VPADDD(v[1], v[0], sum)
	}
	x := XMM()
	VEXTRACTI128(Imm(1), sum, x)
	VPADDD(x, sum.AsX(), x)
	return x
}

// transpose8 moves squares of 8 rows and 8 columns.
func transpose8() {
	fn("transpose8AVX2", "(dst, src *float32, rows, cols, ldDst, ldSrc int)",
		"is Kernels.Transpose for multiples of 8 rows and columns.")
	dst, src := param("dst"), param("src")
	rows, cols, toStride, fromStride := param("rows"), param("cols"), param("ldDst"), param("ldSrc")
	SHLQ(Imm(2), toStride)
	SHLQ(Imm(2), fromStride)
	by("rows", rows, 8, func() {
		to, from, left := copyOf(dst), copyOf(src), copyOf(cols)
		by("cols", left, 8, func() {
			square(to, copyOf(from), toStride, fromStride)
			ADDQ(Imm(32), from)
		})
		ADDQ(Imm(32), dst)
		next := copyOf(fromStride)
		SHLQ(Imm(3), next)
		ADDQ(next, src)
	})
	ret()
}

// square leaves to behind the last row that it wrote.
func square(to, from, toStride, fromStride Register) {
	var r, t [8]VecVirtual
	for i := range r {
		r[i], t[i] = YMM(), YMM()
		VMOVUPS(at(from, 0), r[i])
		ADDQ(fromStride, from)
	}
	for i := 0; i < 8; i += 2 {
		VUNPCKLPS(r[i+1], r[i], t[i])
		VUNPCKHPS(r[i+1], r[i], t[i+1])
	}
	// Words 0..3 of each 128-bit half, from four rows: column c of the half.
	var c [8]VecVirtual
	for i := range c {
		c[i] = YMM()
		a := t[i/4*4+i%4/2]
		b := t[i/4*4+i%4/2+2]
		VSHUFPS(Imm([]uint64{0x44, 0xee}[i%2]), b, a, c[i])
	}
	for i := range c {
		out := YMM()
		VPERM2F128(Imm([]uint64{0x20, 0x31}[i/4]), c[i%4+4], c[i%4], out)
		VMOVUPS(out, at(to, 0))
		ADDQ(toStride, to)
	}
}
