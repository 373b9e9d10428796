package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func code2(k *kernel256, chunk, g, half int, v VecVirtual) {
	VMOVDQU(at(k.panel, k.offset(chunk)+64*(g/4)+32*half), v)
	shift(v, -(g % 4 * 2))
	VPAND(constantBits("mask03", 0x03030303), v, v)
}

func code3(k *kernel256, chunk, g, half int, v VecVirtual) {
	from := func(i int) Mem { return at(k.panel, k.offset(chunk)+64*i+32*half) }
	if g < 6 {
		VMOVDQU(from(g/2), v)
		shift(v, -(g % 2 * 3))
		VPAND(constantBits("mask07", 0x07070707), v, v)
		return
	}
	high := YMM()
	VMOVDQU(from(g-6), v)
	shift(v, -6)
	VPAND(constantBits("mask03", 0x03030303), v, v)
	VMOVDQU(from(2), high)
	shift(high, 2-g)
	VPAND(constantBits("mask04", 0x04040404), high, high)
	VPOR(high, v, v)
}

func code6(k *kernel256, chunk, g, half int, v VecVirtual) {
	k.nibble(chunk, g, half, v)
	high := YMM()
	VMOVDQU(at(k.panel, k.offset(chunk)+256+64*(g/4)+32*half), high)
	shift(high, 4-2*(g%4))
	VPAND(constantBits("mask30", 0x30303030), high, high)
	VPOR(high, v, v)
}

// scalesIQ4 puts a chunk's 6-bit scale together from its nibble and two bits.
func scalesIQ4(k *kernel256, chunk int) {
	for half := range 2 {
		v, high, d := YMM(), YMM(), YMM()
		VMOVDQU(at(k.panel, 64+32*half), v)
		shift(v, -4*chunk)
		VPAND(constantBits("low4", 0x0f), v, v)
		VPMOVZXWD(at(k.panel, 32+16*half), high)
		shift(high, 4-2*chunk)
		VPAND(constantBits("bits45", 0x30), high, high)
		VPOR(high, v, v)
		VPSUBD(constantBits("bias32", 32), v, v)
		VCVTDQ2PS(v, v)
		VCVTPH2PS(at(k.panel, 16*half), d)
		VMULPS(d, v, v)
		VMOVUPS(v, k.lo.Offset(32*half))
	}
}

// scalesK256 picks a chunk's 6-bit scale and minimum out of the three words.
func scalesK256(k *kernel256, chunk int) {
	k.hasMin = true
	for half := range 2 {
		k.scaleK(chunk, half, 64, 0, 0, k.lo)
		k.scaleK(chunk, half, 128, 4, 32, k.min)
	}
}

// scaleK unpacks one factor: its low bits lie in the words at offset, or in
// the last words from bit lowBit on; d is what they are multiplied by.
func (k *kernel256) scaleK(chunk, half, offset, lowBit, d int, to Mem) {
	v, factor := YMM(), YMM()
	VMOVDQU(at(k.panel, offset+32*half), v)
	at8 := 8 * (chunk % 4)
	if chunk < 4 {
		shift(v, -at8)
		VPAND(constantBits("low6", 0x3f), v, v)
	} else {
		shift(v, -at8-2)
		VPAND(constantBits("bits45", 0x30), v, v)
		low := YMM()
		VMOVDQU(at(k.panel, 192+32*half), low)
		shift(low, -at8-lowBit)
		VPAND(constantBits("low4", 0x0f), low, low)
		VPOR(low, v, v)
	}
	VCVTDQ2PS(v, v)
	VCVTPH2PS(at(k.panel, d+16*half), factor)
	VMULPS(factor, v, v)
	VMOVUPS(v, to.Offset(32*half))
}

// scales2 splits the bytes of a chunk's halves into scales and pairs of minima.
func scales2(k *kernel256, chunk int) {
	k.hasMin = true
	for half := range 2 {
		d, pair := YMM(), YMM()
		VCVTPH2PS(at(k.panel, 16*half), d)
		for part, to := range []Mem{k.lo, k.hi} {
			s, m := YMM(), YMM()
			VPMOVZXBD(at(k.panel, 64+16*(2*chunk+part)+8*half), s)
			VPSRLD(Imm(4), s, m)
			VPAND(constantBits("low4", 0x0f), s, s)
			VCVTDQ2PS(s, s)
			VMULPS(d, s, s)
			VMOVUPS(s, to.Offset(32*half))
			if part == 0 {
				VMOVDQU(m, pair)
			} else {
				VPSLLD(Imm(16), m, m)
				VPOR(m, pair, pair)
			}
		}
		VMOVDQU(pair, k.min.Offset(32*half))
	}
}

// scales3x256 puts the 6-bit scales of a chunk's halves together.
func scales3x256(k *kernel256, chunk int) {
	for half := range 2 {
		d := YMM()
		VCVTPH2PS(at(k.panel, 16*half), d)
		for part, to := range []Mem{k.lo, k.hi} {
			v, high := YMM(), YMM()
			i := 2*chunk + part
			at8 := 8 * (i % 4)
			VMOVDQU(at(k.panel, 32+64*(i/4%2)+32*half), v)
			shift(v, -at8-i/8*4)
			VPAND(constantBits("low4", 0x0f), v, v)
			VMOVDQU(at(k.panel, 32+128+32*half), high)
			shift(high, 4-at8-i/4*2)
			VPAND(constantBits("bits45", 0x30), high, high)
			VPOR(high, v, v)
			VPSUBD(constantBits("bias32", 32), v, v)
			VCVTDQ2PS(v, v)
			VMULPS(d, v, v)
			VMOVUPS(v, to.Offset(32*half))
		}
	}
}

func scales6(k *kernel256, chunk int) {
	for half := range 2 {
		d := YMM()
		VCVTPH2PS(at(k.panel, 16*half), d)
		for part, to := range []Mem{k.lo, k.hi} {
			s := YMM()
			VPMOVSXBD(at(k.panel, 32+16*(2*chunk+part)+8*half), s)
			VCVTDQ2PS(s, s)
			VMULPS(d, s, s)
			VMOVUPS(s, to.Offset(32*half))
		}
	}
}
