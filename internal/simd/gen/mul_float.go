package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A floatFormat reads one k of a float panel.
type floatFormat struct {
	name string
	size int // bytes of an element
	load func(s *isa, src Mem, dst VecVirtual)
}

var floatFormats = []floatFormat{
	{"F32", 4, func(_ *isa, src Mem, dst VecVirtual) { VMOVUPS(src, dst) }},
	{"F16", 2, func(_ *isa, src Mem, dst VecVirtual) { VCVTPH2PS(src, dst) }},
	{"BF16", 2, func(_ *isa, src Mem, dst VecVirtual) {
		VPMOVZXWD(src, dst)
		VPSLLD(Imm(16), dst, dst)
	}},
	{"FP8_E4M3", 1, loadFP8},
}

// loadFP8 makes a half of a code: its sign, which fills the upper byte, and seven
// bits below. The half's bit 14 must not be one of them.
func loadFP8(s *isa, src Mem, dst VecVirtual) {
	mask := constantBits("halfOfFP8", 0xbfffbfff)
	if s == avx512 {
		half := YMM()
		VPMOVSXBW(src, half)
		VPSLLW(Imm(7), half, half)
		VPANDD(mask, half, half)
		VCVTPH2PS(half, dst)
		return
	}
	half := XMM()
	VPMOVSXBW(src, half)
	VPSLLW(Imm(7), half, half)
	VPAND(mask, half, half)
	VCVTPH2PS(half, dst)
}

func floatKernels(s *isa) {
	for _, f := range floatFormats {
		f.generate(s)
	}
}

// generate writes the kernel that takes tokens in groups whose sums fit in
// registers, and walks the panel once for each.
func (f *floatFormat) generate(s *isa) {
	fn("mul"+f.name+s.name, mulSignature, "is Mul for "+f.name+" panels.")
	acc, panel, x := param("acc"), param("panel"), param("x")
	blocks, n, stride := param("blocks"), param("n"), param("ldx")
	SHLQ(Imm(2), stride)
	group := func(tokens int) func() {
		return func() {
			f.group(s, copyOf(acc), copyOf(panel), copyOf(x), copyOf(blocks), stride, tokens)
			ADDQ(U32(64*tokens), acc)
			ADDQ(U32(4*tokens), x)
		}
	}
	for tokens := s.lanes; tokens > 0; tokens /= 2 {
		if s == avx2 && tokens == 8 {
			continue // 16 sums would leave no register
		}
		by("group", n, tokens, group(tokens))
	}
	ret()
}

// group adds the products of a few tokens. So that the additions do not wait
// for each other, there are about eight sums, over several k if need be.
func (f *floatFormat) group(s *isa, acc, panel, x, blocks, stride Register, tokens int) {
	parts := 16 / s.lanes // vectors in a k of 16 rows
	unroll := max(1, 8/(tokens*parts))
	sums := s.floatSums(acc, unroll, tokens*parts)
	next := func(count int) {
		for u := range count {
			f.step(s, panel, x, sums[u], tokens, u)
			ADDQ(stride, x)
		}
		ADDQ(U32(count*16*f.size), panel)
	}
	by("k", blocks, unroll, func() { next(unroll) })
	if unroll > 1 {
		times("rest", blocks, func() { next(1) })
	}
	for i := range sums[0] {
		VMOVUPS(joinSums(sums, i), at(acc, s.bytes()*i))
	}
}

// floatSums makes sets of sums; the first begins with acc.
func (s *isa) floatSums(acc Register, sets, count int) [][]VecVirtual {
	sums := make([][]VecVirtual, sets)
	for u := range sums {
		sums[u] = s.sums(count)
	}
	for i, v := range sums[0] {
		VMOVUPS(at(acc, s.bytes()*i), v)
	}
	return sums
}

// step is one k: u of the panel, token i at x.
func (f *floatFormat) step(s *isa, panel, x Register, sums []VecVirtual, tokens, u int) {
	parts := len(sums) / tokens
	w := make([]VecVirtual, parts)
	for p := range w {
		w[p] = s.vec()
		f.load(s, at(panel, (16*u+s.lanes*p)*f.size), w[p])
	}
	for i := range tokens {
		if s == avx512 {
			VFMADD231PS_BCST(at(x, 4*i), w[0], sums[i])
			continue
		}
		xi := s.vec()
		VBROADCASTSS(at(x, 4*i), xi)
		for p := range w {
			VFMADD231PS(xi, w[p], sums[parts*i+p])
		}
	}
}

// joinSums adds sum i of all sets pairwise.
func joinSums(sums [][]VecVirtual, i int) VecVirtual {
	for n := len(sums); n > 1; n /= 2 {
		for u := range n / 2 {
			VADDPS(sums[u+n/2][i], sums[u][i], sums[u][i])
		}
	}
	return sums[0][i]
}
