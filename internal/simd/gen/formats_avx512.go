package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The panel formats as 512-bit registers; simd's files of the formats draw
// the bytes.

func q8_0x512() format512 {
	f := bytesAt512(32)
	f.name, f.bytes, f.scales = "Q8_0", 544, f16Scales512
	return f
}

// bytesAt512 is a format whose block has one chunk of bytes, each 128 more than
// its number, at offset.
func bytesAt512(offset int) format512 {
	return format512{
		chunks: 1, shift: 7,
		start: func() {}, block: func(Register) {},
		codes: func(p Register, _ int) func(int) VecVirtual {
			return func(g int) VecVirtual {
				v := ZMM()
				VMOVDQU32(at(p, offset+64*g), v)
				return v
			}
		},
	}
}

func q4_0x512() format512 {
	f := foursAt512(32)
	f.name, f.bytes, f.shift, f.scales = "Q4_0", 288, 3, f16Scales512
	return f
}

func q4_1x512() format512 {
	f := foursAt512(64)
	f.name, f.bytes, f.shift, f.scales = "Q4_1", 320, -1, f16ScaleMin512
	return f
}

func q5_0x512() format512 {
	f := fivesAt512(32)
	f.name, f.bytes, f.shift, f.scales = "Q5_0", 352, 4, f16Scales512
	return f
}

func q5_1x512() format512 {
	f := fivesAt512(64)
	f.name, f.bytes, f.shift, f.scales = "Q5_1", 384, -1, f16ScaleMin512
	return f
}

// foursAt512 is a format whose block has one chunk of 4-bit codes, at offset.
func foursAt512(offset int) format512 {
	mask := ZMM()
	return format512{
		chunks: 1,
		start:  func() { broadcastWord(mask, "mask0f", 0x0f0f0f0f) },
		block:  func(Register) {},
		codes:  func(p Register, _ int) func(int) VecVirtual { return nibbles512(p, offset, mask) },
	}
}

// fivesAt512 is the same with 5-bit codes.
func fivesAt512(offset int) format512 {
	mask, bit4 := ZMM(), ZMM()
	return format512{
		chunks: 1,
		start: func() {
			broadcastWord(mask, "mask0f", 0x0f0f0f0f)
			broadcastWord(bit4, "mask10", 0x10101010)
		},
		block: func(Register) {},
		codes: func(p Register, _ int) func(int) VecVirtual { return fives512(p, offset, mask, bit4) },
	}
}

func iq4nlx512() format512 {
	mask, table := ZMM(), ZMM()
	f := tabled512(mask, table, "iq4nl", iq4nl, 32, 0)
	f.name, f.bytes, f.shift, f.scales = "IQ4_NL", 288, 7, f16Scales512
	return f
}

func mxfp4x512() format512 {
	mask, table := ZMM(), ZMM()
	f := tabled512(mask, table, "mxfp4", mxfp4, 16, 0)
	f.name, f.bytes, f.shift = "MXFP4", 272, 4
	f.scales = e8m0Scales512(1)
	return f
}

func mxfp6x512() format512 {
	f := bytesAt512(16)
	f.name, f.bytes, f.scales = "MXFP6_E2M3", 528, e8m0Scales512(3)
	return f
}

// e8m0Scales512 reads 16 E8M0 scales, and divides them by 2^less.
func e8m0Scales512(less int) func(p Register, _ int) scales512 {
	return func(p Register, _ int) scales512 {
		e, s := XMM(), ZMM()
		VMOVDQU(at(p, 0), e)
		VPSUBUSB(less16(less), e, e)
		VPMOVZXBD(e, s)
		VPSLLD(Imm(23), s, s)
		return scales512{lo: s}
	}
}

// The code tables, as in simd's iq4_nl.go and mxfp4.go.
var (
	iq4nl = [16]uint8{1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241}
	mxfp4 = [16]uint8{16, 17, 18, 19, 20, 22, 24, 28, 16, 15, 14, 13, 12, 10, 8, 4}
)

// tabled512 is a format whose nibbles, at offset in the first chunk's place and
// stride bytes apart, index a table.
func tabled512(mask, table VecVirtual, name string, values [16]uint8, offset, stride int) format512 {
	return format512{
		chunks: 1,
		start: func() {
			broadcastWord(mask, "mask0f", 0x0f0f0f0f)
			VBROADCASTI32X4(bytes16(name, values), table)
		},
		block: func(Register) {},
		codes: func(p Register, chunk int) func(int) VecVirtual {
			nibble := nibbles512(p, offset+stride*chunk, mask)
			return func(g int) VecVirtual {
				v := nibble(g)
				VPSHUFB(v, table, v)
				return v
			}
		},
	}
}

// f16Scales512 reads 16 F16 scales at the block's start.
func f16Scales512(p Register, _ int) scales512 {
	s := ZMM()
	VCVTPH2PS(at(p, 0), s)
	return scales512{lo: s}
}

// f16ScaleMin512 reads 16 minima behind them, too.
func f16ScaleMin512(p Register, chunk int) scales512 {
	s := f16Scales512(p, chunk)
	s.min = ZMM()
	VCVTPH2PS(at(p, 32), s.min)
	return s
}

func broadcastWord(v VecVirtual, name string, value uint32) {
	VPBROADCASTD(words(name, value), v)
}

// nibbles512 reads group g's codes from the four vectors at p+offset.
func nibbles512(p Register, offset int, mask VecVirtual) func(int) VecVirtual {
	return func(g int) VecVirtual {
		v := ZMM()
		if g < 4 {
			VPANDD(at(p, offset+64*g), mask, v)
			return v
		}
		VMOVDQU32(at(p, offset+64*(g-4)), v)
		VPSRLD(Imm(4), v, v)
		VPANDD(mask, v, v)
		return v
	}
}

// fives512 reads group g's codes from nibbles and the vector of high bits
// behind them.
func fives512(p Register, offset int, mask, bit4 VecVirtual) func(int) VecVirtual {
	low, high := nibbles512(p, offset, mask), ZMM()
	VMOVDQU32(at(p, offset+256), high)
	return func(g int) VecVirtual { return orBits(low(g), high, 4-g, bit4) }
}

// orBits gives low | (high << left & mask); a negative left shifts right.
func orBits(low, high VecVirtual, left int, mask VecVirtual) VecVirtual {
	v := high
	if left != 0 {
		v = ZMM()
	}
	if left > 0 {
		VPSLLD(Imm(uint64(left)), high, v)
	} else if left < 0 {
		VPSRLD(Imm(uint64(-left)), high, v)
	}
	const orAnd = 0xf8 // dst | (b & c)
	VPTERNLOGD(Imm(orAnd), mask, v, low)
	return low
}
