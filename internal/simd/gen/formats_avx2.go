package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The panel formats as 256-bit registers; simd's files of the formats draw
// the bytes.

func formats256() []*format256 {
	single := func(offset int) func(int) int { return func(int) int { return offset } }
	strided := func(first, size int) func(int) int { return func(chunk int) int { return first + size*chunk } }
	return []*format256{
		{name: "Q8_0", bytes: 544, chunks: 1, shift: -1, signed: true, adds: 1,
			offset: single(32), scales: f16Scales256, fix: signedByte},
		{name: "Q4_0", bytes: 288, chunks: 1, shift: 3, adds: 8,
			offset: single(32), scales: f16Scales256, fix: (*kernel256).nibble},
		{name: "Q4_1", bytes: 320, chunks: 1, shift: -1, adds: 8,
			offset: single(64), scales: f16ScaleMin256, fix: (*kernel256).nibble},
		{name: "Q5_0", bytes: 352, chunks: 1, shift: 4, adds: 4,
			offset: single(32), scales: f16Scales256, fix: code5},
		{name: "Q5_1", bytes: 384, chunks: 1, shift: -1, adds: 4,
			offset: single(64), scales: f16ScaleMin256, fix: code5},
		{name: "IQ4_NL", bytes: 288, chunks: 1, shift: -1, signed: true, adds: 1,
			offset: single(32), scales: f16Scales256, fix: tabled256("iq4nlSigned", flipped(iq4nl))},
		{name: "IQ4_XS", bytes: 2176, chunks: 8, shift: -1, signed: true, adds: 1,
			offset: strided(128, 256), scales: scalesIQ4, fix: tabled256("iq4nlSigned", flipped(iq4nl))},
		{name: "MXFP4", bytes: 272, chunks: 1, shift: 4, adds: 4,
			offset: single(16), scales: e8m0Scales256(1), fix: tabled256("mxfp4", mxfp4)},
		{name: "MXFP6_E2M3", bytes: 528, chunks: 1, shift: -1, signed: true, adds: 1,
			offset: single(16), scales: e8m0Scales256(3), fix: signedByte},
		{name: "Q2_K", bytes: 1344, chunks: 8, shift: -1, halves: true, adds: 4,
			offset: strided(320, 128), scales: scales2, fix: code2},
		{name: "Q3_K", bytes: 1760, chunks: 8, shift: 2, halves: true, adds: 4,
			offset: strided(224, 192), scales: scales3x256, fix: code3},
		{name: "Q4_K", bytes: 2304, chunks: 8, shift: -1, adds: 8,
			offset: strided(256, 256), scales: scalesK256, fix: (*kernel256).nibble},
		{name: "Q5_K", bytes: 2816, chunks: 8, shift: -1, adds: 4,
			offset: strided(256, 320), scales: scalesK256, fix: code5},
		{name: "Q6_K", bytes: 3360, chunks: 8, shift: 5, halves: true, adds: 2,
			offset: strided(288, 384), scales: scales6, fix: code6},
	}
}

// flipped turns values plus 128 into int8.
func flipped(table [16]uint8) [16]uint8 {
	for i := range table {
		table[i] ^= 0x80
	}
	return table
}

func signedByte(k *kernel256, _, g, half int, v VecVirtual) {
	VMOVDQU(at(k.panel, k.offset(0)+64*g+32*half), v)
	VPXOR(constantBits("flip", 0x80808080), v, v)
}

func tabled256(name string, values [16]uint8) func(k *kernel256, chunk, g, half int, v VecVirtual) {
	return func(k *kernel256, chunk, g, half int, v VecVirtual) {
		k.nibble(chunk, g, half, v)
		table := YMM()
		VBROADCASTI128(bytes16(name, values), table)
		VPSHUFB(v, table, v)
	}
}

func code5(k *kernel256, chunk, g, half int, v VecVirtual) {
	k.nibble(chunk, g, half, v)
	high := YMM()
	VMOVDQU(at(k.panel, k.offset(chunk)+256+32*half), high)
	shift(high, 4-g)
	VPAND(constantBits("mask10", 0x10101010), high, high)
	VPOR(high, v, v)
}

// shift shifts dwords left, or right by a negative amount.
func shift(v VecVirtual, left int) {
	if left > 0 {
		VPSLLD(Imm(uint64(left)), v, v)
	} else if left < 0 {
		VPSRLD(Imm(uint64(-left)), v, v)
	}
}

// f16Scales256 reads 16 F16 scales at the block's start.
func f16Scales256(k *kernel256, _ int) { k.widen(0, k.lo) }

// f16ScaleMin256 reads 16 minima behind them, too.
func f16ScaleMin256(k *kernel256, _ int) {
	k.hasMin = true
	k.widen(0, k.lo)
	k.widen(32, k.min)
}

// widen turns 16 F16 at an offset in the panel into floats on the stack.
func (k *kernel256) widen(offset int, to Mem) {
	for half := range 2 {
		s := YMM()
		VCVTPH2PS(at(k.panel, offset+16*half), s)
		VMOVUPS(s, to.Offset(32*half))
	}
}

// e8m0Scales256 reads 16 E8M0 scales, and divides them by 2^less.
func e8m0Scales256(less int) func(k *kernel256, _ int) {
	return func(k *kernel256, _ int) {
		e, s := XMM(), YMM()
		for half := range 2 {
			VMOVQ(at(k.panel, 8*half), e)
			VPSUBUSB(less16(less), e, e)
			VPMOVZXBD(e, s)
			VPSLLD(Imm(23), s, s)
			VMOVUPS(s, k.lo.Offset(32*half))
		}
	}
}

// less16 is 16 bytes or more of a number.
func less16(less int) Mem {
	return constantBits(fmt.Sprint("less", less), uint32(less)*0x01010101)
}
