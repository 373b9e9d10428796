package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const mulSignature = "(acc *float32, panel, x unsafe.Pointer, blocks, n, ldx int)"

// q8Bytes is the size of a Q8Block; its fields' offsets follow.
const (
	q8Bytes = 64
	q8Scale = 0
	q8Sum   = 4
	q8Neg   = 8
	q8NegLo = 12
	q8NegHi = 16
	q8Q     = 32
)

// A format512 is how one integer format of 16-row panels is read. Its codes
// come as k groups of 4: one vector per group, lane r for row r.
type format512 struct {
	name   string
	bytes  int
	chunks int // of 32 k in a block
	shift  int // the codes' bias is 1<<shift; -1 for none
	halves bool
	ahead  int              // bytes that the loop for one token asks for in advance
	start  func()           // loads constants
	block  func(p Register) // reads a block's header
	scales func(p Register, chunk int) scales512
	codes  func(p Register, chunk int) func(group int) VecVirtual
}

// scales512 are a chunk's row factors: of its first and second half, or the
// whole, and of the minimum where there is one. If the halves have minima of
// their own, pairs holds them as 16-bit integers that min is to multiply.
type scales512 struct{ lo, hi, min, pairs VecVirtual }

func mulAVX512() {
	for _, f := range []format512{
		q8_0x512(), q4_0x512(), q4_1x512(), q5_0x512(), q5_1x512(),
		iq4nlx512(), iq4xsx512(), mxfp4x512(), mxfp6x512(),
		q2kx512(), q3kx512(), q4kx512(), q5kx512(), q6kx512(),
	} {
		f.generate()
	}
}

func (f *format512) generate() {
	fn("mul"+f.name+"AVX512", mulSignature, "is Mul for "+f.name+" panels.")
	acc, panel, x := param("acc"), param("panel"), param("x")
	blocks, n, stride := param("blocks"), param("n"), param("ldx")
	SHLQ(Imm(6), stride)
	f.start()
	CMPQ(n, Imm(1))
	JNE(LabelRef("tile"))
	f.one(acc, panel, x, blocks, stride)
	ret()
	Label("tile")
	f.tile(acc, panel, x, blocks, n, stride)
	ret()
}

// one is the loop for one token: its sums stay in registers. It reads memory
// in order and as fast as the hardware's prefetchers bring it: on Zen 4, asking
// for lines ahead made a difference to Q6_K alone, whose many instructions keep
// the loop from running ahead by itself.
func (f *format512) one(acc, panel, x, blocks, stride Register) {
	sum := ZMM()
	VMOVUPS(at(acc, 0), sum)
	times("block", blocks, func() {
		f.block(panel)
		for c := range f.chunks {
			f.prefetch(panel, c)
			dots := f.dot(f.codes(panel, c), x)
			f.addTo(sum, dots, f.scales(panel, c), x)
			ADDQ(stride, x)
		}
		ADDQ(U32(f.bytes), panel)
	})
	VMOVUPS(sum, at(acc, 0))
}

// prefetch asks for a chunk's share of the lines that come f.ahead later.
func (f *format512) prefetch(panel Register, chunk int) {
	if f.ahead == 0 {
		return
	}
	const line = 64
	for i := chunk * f.bytes / f.chunks / line; i < (chunk+1)*f.bytes/f.chunks/line; i++ {
		PREFETCHT0(at(panel, f.ahead+line*i))
	}
}

// tile is the loop for more tokens: a chunk is unpacked once for all.
func (f *format512) tile(acc, panel, x, blocks, n, stride Register) {
	times("tileBlock", blocks, func() {
		f.block(panel)
		for c := range f.chunks {
			f.tileChunk(acc, panel, x, n, c)
			ADDQ(stride, x)
		}
		ADDQ(U32(f.bytes), panel)
	})
}

func (f *format512) tileChunk(acc, panel, x, n Register, chunk int) {
	read := f.codes(panel, chunk)
	var codes [8]VecVirtual
	for g := range codes {
		codes[g] = read(g)
	}
	s := f.scales(panel, chunk)
	to, from, left := copyOf(acc), copyOf(x), copyOf(n)
	tokens := func(count int) func() {
		return func() {
			f.tokens(to, from, codes, s, count)
			ADDQ(U32(64*count), to)
			ADDQ(U32(q8Bytes*count), from)
		}
	}
	by("tokens", left, 4, tokens(4))
	times("token", left, tokens(1))
}

// tokens adds the products of count tokens, side by side.
func (f *format512) tokens(acc, x Register, codes [8]VecVirtual, s scales512, count int) {
	dots := make([][2]VecVirtual, count)
	for t := range dots {
		dots[t] = f.dotStart(at(x, t*q8Bytes))
	}
	for g := range 8 {
		for t := range dots {
			vpdpbusd(at(x, t*q8Bytes+q8Q+4*g), codes[g], dots[t][f.half(g)])
		}
	}
	for t := range dots {
		sum := ZMM()
		VMOVUPS(at(acc, 64*t), sum)
		f.addAt(sum, dots[t], s, at(x, t*q8Bytes))
		VMOVUPS(sum, at(acc, 64*t))
	}
}

// half is which sum group g belongs to.
func (f *format512) half(g int) int {
	if f.halves {
		return g / 4
	}
	return 0
}

// dotStart makes the integer sums of a token, which begin at minus the bias.
func (f *format512) dotStart(x Mem) (sums [2]VecVirtual) {
	if f.halves {
		sums[0], sums[1] = f.biased(x.Offset(q8NegLo)), f.biased(x.Offset(q8NegHi))
	} else {
		sums[0] = f.biased(x.Offset(q8Neg))
	}
	return sums
}

func (f *format512) biased(neg Mem) VecVirtual {
	if f.shift < 0 {
		return zero(ZMM())
	}
	v := ZMM()
	VPSLLD_BCST(Imm(uint64(f.shift)), neg, v)
	return v
}

// dot is one token's integer sums, in two chains that are joined at the end.
func (f *format512) dot(codes func(int) VecVirtual, x Register) [2]VecVirtual {
	sums := f.dotStart(at(x, 0))
	if !f.halves {
		sums[1] = zero(ZMM())
	}
	for g := range 8 {
		vpdpbusd(at(x, q8Q+4*g), codes(g), sums[g/4])
	}
	if !f.halves {
		VPADDD(sums[1], sums[0], sums[0])
	}
	return sums
}

func (f *format512) addTo(sum VecVirtual, dots [2]VecVirtual, s scales512, x Register) {
	f.addAt(sum, dots, s, at(x, 0))
}

// addAt scales a token's integer sums and adds them to sum.
func (f *format512) addAt(sum VecVirtual, dots [2]VecVirtual, s scales512, x Mem) {
	v := ZMM()
	VCVTDQ2PS(dots[0], v)
	VMULPS(s.lo, v, v)
	if f.halves {
		hi := ZMM()
		VCVTDQ2PS(dots[1], hi)
		VFMADD231PS(s.hi, hi, v)
	}
	if s.pairs != nil {
		addMinima512(v, s, x)
	}
	VFMADD231PS_BCST(x.Offset(q8Scale), v, sum)
	if s.min != nil && s.pairs == nil {
		VFNMADD231PS_BCST(x.Offset(q8Sum), s.min, sum)
	}
}

// addMinima512 subtracts each half's minimum times the sum of its activations.
func addMinima512(v VecVirtual, s scales512, x Mem) {
	m := ZMM()
	VPBROADCASTQ(x.Offset(q8NegLo), m)
	VPACKSSDW(m, m, m)
	VPMADDWD(s.pairs, m, m)
	VCVTDQ2PS(m, m)
	VFMADD231PS(s.min, m, v)
}
