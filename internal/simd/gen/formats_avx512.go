package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The panel formats as 512-bit registers; simd's files of the formats draw
// the bytes.

func q8_0x512() format512 {
	return format512{
		name: "Q8_0", bytes: 544, chunks: 1, shift: 7,
		start: func() {}, block: func(Register) {}, scales: f16Scales512,
		codes: func(p Register, _ int) func(int) VecVirtual {
			return func(g int) VecVirtual {
				v := ZMM()
				VMOVDQU32(at(p, 32+64*g), v)
				return v
			}
		},
	}
}

func q4_0x512() format512 {
	mask := ZMM()
	return format512{
		name: "Q4_0", bytes: 288, chunks: 1, shift: 3,
		start: func() { broadcastWord(mask, "mask0f", 0x0f0f0f0f) },
		block: func(Register) {}, scales: f16Scales512,
		codes: func(p Register, _ int) func(int) VecVirtual { return nibbles512(p, 32, mask) },
	}
}

func iq4nlx512() format512 {
	mask, table := ZMM(), ZMM()
	f := tabled512(mask, table, "iq4nl", iq4nl, 32)
	f.name, f.bytes, f.shift, f.scales = "IQ4_NL", 288, 7, f16Scales512
	return f
}

func mxfp4x512() format512 {
	mask, table := ZMM(), ZMM()
	f := tabled512(mask, table, "mxfp4", mxfp4, 16)
	f.name, f.bytes, f.shift = "MXFP4", 272, 4
	f.scales = func(p Register, _ int) scales512 {
		e, s := XMM(), ZMM()
		one := XMM()
		VPBROADCASTB(words("ones", 0x01010101), one)
		VMOVDQU(at(p, 0), e)
		VPSUBUSB(one, e, e)
		VPMOVZXBD(e, s)
		VPSLLD(Imm(23), s, s)
		return scales512{lo: s}
	}
	return f
}

// The code tables, as in simd's iq4_nl.go and mxfp4.go.
var (
	iq4nl = [16]uint8{1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241}
	mxfp4 = [16]uint8{16, 17, 18, 19, 20, 22, 24, 28, 16, 15, 14, 13, 12, 10, 8, 4}
)

// tabled512 is a format whose nibbles, at offset, index a table.
func tabled512(mask, table VecVirtual, name string, values [16]uint8, offset int) format512 {
	return format512{
		chunks: 1,
		start: func() {
			broadcastWord(mask, "mask0f", 0x0f0f0f0f)
			VBROADCASTI32X4(bytes16(name, values), table)
		},
		block: func(Register) {},
		codes: func(p Register, _ int) func(int) VecVirtual {
			nibble := nibbles512(p, offset, mask)
			return func(g int) VecVirtual {
				v := nibble(g)
				VPSHUFB(v, table, v)
				return v
			}
		},
	}
}

func q4kx512() format512 {
	k := newScalesK()
	return format512{
		name: "Q4_K", bytes: 2304, chunks: 8, shift: -1,
		start: k.start, block: k.block, scales: k.scales,
		codes: func(p Register, chunk int) func(int) VecVirtual {
			return nibbles512(p, 256+256*chunk, k.mask)
		},
	}
}

func q5kx512() format512 {
	k, bit4 := newScalesK(), ZMM()
	return format512{
		name: "Q5_K", bytes: 2816, chunks: 8, shift: -1,
		start: func() {
			k.start()
			broadcastWord(bit4, "mask10", 0x10101010)
		},
		block: k.block, scales: k.scales,
		codes: func(p Register, chunk int) func(int) VecVirtual {
			low := nibbles512(p, 256+320*chunk, k.mask)
			high := ZMM()
			VMOVDQU32(at(p, 256+320*chunk+256), high)
			return func(g int) VecVirtual { return orBits(low(g), high, 4-g, bit4) }
		},
	}
}

func q6kx512() format512 {
	mask, bits, d := ZMM(), ZMM(), ZMM()
	return format512{
		name: "Q6_K", bytes: 3360, chunks: 8, shift: 5, halves: true,
		start: func() {
			broadcastWord(mask, "mask0f", 0x0f0f0f0f)
			broadcastWord(bits, "mask30", 0x30303030)
		},
		block: func(p Register) { VCVTPH2PS(at(p, 0), d) },
		scales: func(p Register, chunk int) scales512 {
			var s [2]VecVirtual
			for half := range s {
				s[half] = ZMM()
				VPMOVSXBD(at(p, 32+16*(2*chunk+half)), s[half])
				VCVTDQ2PS(s[half], s[half])
				VMULPS(d, s[half], s[half])
			}
			return scales512{lo: s[0], hi: s[1]}
		},
		codes: func(p Register, chunk int) func(int) VecVirtual {
			low := nibbles512(p, 288+384*chunk, mask)
			var high [2]VecVirtual
			for h := range high {
				high[h] = ZMM()
				VMOVDQU32(at(p, 288+384*chunk+256+64*h), high[h])
			}
			return func(g int) VecVirtual { return orBits(low(g), high[g/4], 4-2*(g%4), bits) }
		},
	}
}

// f16Scales512 reads 16 F16 scales at the block's start.
func f16Scales512(p Register, _ int) scales512 {
	s := ZMM()
	VCVTPH2PS(at(p, 0), s)
	return scales512{lo: s}
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

// scalesK unpacks the 6-bit scales of Q4_K and Q5_K: sc and m hold four bytes
// a row, of chunks 0..3 and 4..7.
type scalesK struct {
	d, dmin, mask VecVirtual
	sc, m         [2]VecVirtual
	byteMask      VecVirtual
}

func newScalesK() *scalesK {
	return &scalesK{
		d: ZMM(), dmin: ZMM(), mask: ZMM(), byteMask: ZMM(),
		sc: [2]VecVirtual{ZMM(), ZMM()}, m: [2]VecVirtual{ZMM(), ZMM()},
	}
}

func (k *scalesK) start() {
	broadcastWord(k.mask, "mask0f", 0x0f0f0f0f)
	broadcastWord(k.byteMask, "maskff", 0xff)
}

func (k *scalesK) block(p Register) {
	VCVTPH2PS(at(p, 0), k.d)
	VCVTPH2PS(at(p, 32), k.dmin)
	low, high := ZMM(), ZMM()
	broadcastWord(low, "mask3f", 0x3f3f3f3f)
	broadcastWord(high, "mask30", 0x30303030)
	word2, word2High := ZMM(), ZMM()
	VMOVDQU32(at(p, 192), word2)
	VPSRLD(Imm(4), word2, word2High)
	for i, v := range [][3]VecVirtual{{k.sc[0], k.sc[1], word2}, {k.m[0], k.m[1], word2High}} {
		VMOVDQU32(at(p, 64+64*i), v[0])
		VPANDD(k.mask, v[2], v[1])
		orBits(v[1], v[0], -2, high)
		VPANDD(low, v[0], v[0])
	}
}

func (k *scalesK) scales(_ Register, chunk int) scales512 {
	return scales512{
		lo:  k.scale(k.sc[chunk/4], chunk%4, k.d),
		min: k.scale(k.m[chunk/4], chunk%4, k.dmin),
	}
}

// scale is byte i of each word, times d.
func (k *scalesK) scale(packed VecVirtual, i int, d VecVirtual) VecVirtual {
	v := ZMM()
	if i == 0 {
		VPANDD(k.byteMask, packed, v)
	} else {
		VPSRLD(Imm(uint64(8*i)), packed, v)
	}
	if i == 1 || i == 2 {
		VPANDD(k.byteMask, v, v)
	}
	VCVTDQ2PS(v, v)
	VMULPS(d, v, v)
	return v
}
