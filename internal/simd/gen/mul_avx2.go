package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A format256 is one integer format for AVX2, where a chunk's codes do not fit
// in the registers: they are unpacked onto the stack, in the same order, with
// the row factors after them.
type format256 struct {
	name   string
	bytes  int
	chunks int
	shift  int // the codes' bias is 1<<shift; -1 for none
	halves bool
	signed bool // codes are int8, for formats that use all 256 values
	adds   int  // how many products of two pairs fit in 16 bits
	offset func(chunk int) int
	scales func(k *kernel256, chunk int)
	fix    func(k *kernel256, chunk, group, half int, v VecVirtual) // from nibble to code
}

// A kernel256 is what one kernel's parts share.
type kernel256 struct {
	*format256
	acc, panel, x, n, stride Register
	codes, lo, hi, min       Mem // on the stack
	hasMin                   bool
}

func mulAVX2() {
	for _, f := range formats256() {
		f.generate()
	}
}

func (f *format256) generate() {
	fn("mul"+f.name+"AVX2", mulSignature, "is Mul for "+f.name+" panels.")
	k := &kernel256{format256: f}
	k.acc, k.panel, k.x = param("acc"), param("panel"), param("x")
	blocks := param("blocks")
	k.n, k.stride = param("n"), param("ldx")
	SHLQ(Imm(6), k.stride)
	k.codes = AllocLocal(512 + 3*64)
	k.lo, k.hi, k.min = k.codes.Offset(512), k.codes.Offset(576), k.codes.Offset(640)
	times("block", blocks, func() {
		for c := range f.chunks {
			k.unpack(c)
			f.scales(k, c)
			to, from, left := copyOf(k.acc), copyOf(k.x), copyOf(k.n)
			times("token", left, func() {
				k.token(to, from)
				ADDQ(U32(64), to)
				ADDQ(U32(q8Bytes), from)
			})
			ADDQ(k.stride, k.x)
		}
		ADDQ(U32(f.bytes), k.panel)
	})
	ret()
}

// unpack writes a chunk's codes to the stack: half a group of 16 rows at a time.
func (k *kernel256) unpack(chunk int) {
	for g := range 8 {
		for half := range 2 {
			v := YMM()
			k.fix(k, chunk, g, half, v)
			VMOVDQU(v, k.codes.Offset(64*g+32*half))
		}
	}
}

// nibble reads half a group's codes.
func (k *kernel256) nibble(chunk, g, half int, v VecVirtual) {
	VMOVDQU(at(k.panel, k.offset(chunk)+64*(g%4)+32*half), v)
	if g >= 4 {
		VPSRLD(Imm(4), v, v)
	}
	VPAND(constantBits("mask0f", 0x0f0f0f0f), v, v)
}

// token adds one token's products with the chunk.
func (k *kernel256) token(acc, x Register) {
	sums := k.start(x)
	var words [2]VecVirtual
	for g := range 8 {
		xs := YMM()
		VPBROADCASTD(at(x, q8Q+4*g), xs)
		for half := range 2 {
			v := k.products(xs, g, half)
			if g%k.adds == 0 {
				words[half] = v
			} else {
				VPADDW(v, words[half], words[half])
			}
			if (g+1)%k.adds == 0 {
				to := sums[k.part(g)][half]
				VPMADDWD(constantBits("ones16", 0x00010001), words[half], words[half])
				VPADDD(words[half], to, to)
			}
		}
	}
	k.finish(acc, x, sums)
}

// part is which sum group g belongs to.
func (k *kernel256) part(g int) int {
	if k.halves {
		return g / 4
	}
	return 0
}

// start makes the integer sums of both halves of the rows, which begin at
// minus the bias.
func (k *kernel256) start(x Register) (sums [2][2]VecVirtual) {
	parts := []int{q8Neg}
	if k.halves {
		parts = []int{q8NegLo, q8NegHi}
	}
	for i, field := range parts {
		for half := range 2 {
			v := YMM()
			if k.shift < 0 {
				zero(v)
			} else {
				VPBROADCASTD(at(x, field), v)
				VPSLLD(Imm(uint64(k.shift)), v, v)
			}
			sums[i][half] = v
		}
	}
	return sums
}

// products multiplies bytes and adds pairs to 16 bits. The instruction takes
// unsigned by signed bytes; signed codes give their sign to the activation.
func (k *kernel256) products(xs VecVirtual, g, half int) VecVirtual {
	code, v := YMM(), YMM()
	VMOVDQU(k.codes.Offset(64*g+32*half), code)
	if k.signed {
		VPSIGNB(code, xs, v)
		VPABSB(code, code)
		VPMADDUBSW(v, code, v)
	} else {
		VPMADDUBSW(xs, code, v)
	}
	return v
}

// finish scales the integer sums and adds them to acc.
func (k *kernel256) finish(acc, x Register, sums [2][2]VecVirtual) {
	scale := YMM()
	VBROADCASTSS(at(x, q8Scale), scale)
	for half := range 2 {
		rows := 32 * half
		v, sum := sums[0][half], YMM()
		VCVTDQ2PS(v, v)
		VMULPS(k.lo.Offset(rows), v, v)
		if k.halves {
			hi := sums[1][half]
			VCVTDQ2PS(hi, hi)
			VFMADD231PS(k.hi.Offset(rows), hi, v)
		}
		if k.halves && k.hasMin {
			k.addMinima(v, x, half)
		}
		VMOVUPS(at(acc, rows), sum)
		VFMADD231PS(scale, v, sum)
		if k.hasMin && !k.halves {
			offset := YMM()
			VBROADCASTSS(at(x, q8Sum), offset)
			VFNMADD231PS(k.min.Offset(rows), offset, sum)
		}
		VMOVUPS(sum, at(acc, rows))
	}
}

// addMinima subtracts each half's minimum times the sum of its activations.
// min has pairs of 16-bit integers then, whose factors are at 32 in the block.
func (k *kernel256) addMinima(v VecVirtual, x Register, half int) {
	m, dmin := YMM(), YMM()
	VPBROADCASTQ(at(x, q8NegLo), m)
	VPACKSSDW(m, m, m)
	VPMADDWD(k.min.Offset(32*half), m, m)
	VCVTDQ2PS(m, m)
	VCVTPH2PS(at(k.panel, 32+16*half), dmin)
	VFMADD231PS(dmin, m, v)
}
