package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func iq4xsx512() format512 {
	mask, table := ZMM(), ZMM()
	d, d32, low, high := ZMM(), ZMM(), ZMM(), ZMM()
	low4, high2 := ZMM(), ZMM()
	f := tabled512(mask, table, "iq4nl", iq4nl, 128, 256)
	f.name, f.bytes, f.chunks, f.shift = "IQ4_XS", 2176, 8, 7
	start := f.start
	f.start = func() {
		start()
		broadcastWord(low4, "low4", 0x0f)
		broadcastWord(high2, "bits45", 0x30)
	}
	f.block = func(p Register) {
		VCVTPH2PS(at(p, 0), d)
		VMULPS_BCST(constant("bias32", 32), d, d32)
		VPMOVZXWD(at(p, 32), high)
		VMOVDQU32(at(p, 64), low)
	}
	f.scales = func(_ Register, chunk int) scales512 {
		s := ZMM()
		VPSRLD(Imm(uint64(4*chunk)), low, s)
		VPANDD(low4, s, s)
		orBits(s, high, 4-2*chunk, high2)
		VCVTDQ2PS(s, s)
		VFMSUB213PS(d32, d, s)
		return scales512{lo: s}
	}
	return f
}

func q2kx512() format512 {
	d, dmin, mask, low4, high4 := ZMM(), ZMM(), ZMM(), ZMM(), ZMM()
	return format512{
		name: "Q2_K", bytes: 1344, chunks: 8, shift: -1, halves: true,
		start: func() {
			broadcastWord(mask, "mask03", 0x03030303)
			broadcastWord(low4, "low4", 0x0f)
			broadcastWord(high4, "high4", 0x0f0000)
		},
		block: func(p Register) {
			VCVTPH2PS(at(p, 0), d)
			VCVTPH2PS(at(p, 32), dmin)
		},
		scales: func(p Register, chunk int) scales512 {
			var s [2]VecVirtual
			for half := range s {
				s[half] = ZMM()
				VPMOVZXBD(at(p, 64+16*(2*chunk+half)), s[half])
			}
			pairs := ZMM()
			VPSRLD(Imm(4), s[0], pairs)
			orBits(pairs, s[1], 12, high4)
			for half := range s {
				VPANDD(low4, s[half], s[half])
				VCVTDQ2PS(s[half], s[half])
				VMULPS(d, s[half], s[half])
			}
			return scales512{lo: s[0], hi: s[1], min: dmin, pairs: pairs}
		},
		codes: func(p Register, chunk int) func(int) VecVirtual {
			return func(g int) VecVirtual { return pair512(p, 320+128*chunk, g, mask) }
		},
	}
}

// pair512 reads group g's codes of two bits from the two vectors at p+offset.
func pair512(p Register, offset, g int, mask VecVirtual) VecVirtual {
	v, from := ZMM(), at(p, offset+64*(g/4))
	if g%4 == 0 {
		VPANDD(from, mask, v)
		return v
	}
	VMOVDQU32(from, v)
	VPSRLD(Imm(uint64(g%4*2)), v, v)
	VPANDD(mask, v, v)
	return v
}

func q3kx512() format512 {
	k, codes := newScales3(), &codes3{ZMM(), ZMM(), ZMM()}
	return format512{
		name: "Q3_K", bytes: 1760, chunks: 8, shift: 2, halves: true,
		start: func() {
			k.start()
			broadcastWord(codes.low3, "mask07", 0x07070707)
			broadcastWord(codes.low2, "mask03", 0x03030303)
			broadcastWord(codes.bit2, "mask04", 0x04040404)
		},
		block: k.block, scales: k.scales,
		codes: func(p Register, chunk int) func(int) VecVirtual { return codes.read(p, 224+192*chunk) },
	}
}

// codes3 holds the masks that 3-bit codes are read with.
type codes3 struct{ low3, low2, bit2 VecVirtual }

func (c *codes3) read(p Register, offset int) func(int) VecVirtual {
	var from [3]VecVirtual
	for v := range from {
		from[v] = ZMM()
		VMOVDQU32(at(p, offset+64*v), from[v])
	}
	return func(g int) VecVirtual {
		v := ZMM()
		switch {
		case g >= 6:
			VPSRLD(Imm(6), from[g-6], v)
			VPANDD(c.low2, v, v)
			orBits(v, from[2], 2-g, c.bit2)
		case g%2 == 1:
			VPSRLD(Imm(3), from[g/2], v)
			VPANDD(c.low3, v, v)
		default:
			VPANDD(c.low3, from[g/2], v)
		}
		return v
	}
}

// scales3 are the scales of Q3_K's block, which are d*scale-32*d.
type scales3 struct {
	d, d32   VecVirtual
	sc       [4]VecVirtual
	byteMask VecVirtual
}

func newScales3() *scales3 {
	return &scales3{ZMM(), ZMM(), [4]VecVirtual{ZMM(), ZMM(), ZMM(), ZMM()}, ZMM()}
}

func (k *scales3) start() { broadcastWord(k.byteMask, "maskff", 0xff) }

func (k *scales3) block(p Register) {
	low, high, word2 := ZMM(), ZMM(), ZMM()
	VCVTPH2PS(at(p, 0), k.d)
	VMULPS_BCST(constant("bias32", 32), k.d, k.d32)
	broadcastWord(low, "mask0f", 0x0f0f0f0f)
	broadcastWord(high, "mask30", 0x30303030)
	VMOVDQU32(at(p, 32+128), word2)
	for i, v := range k.sc {
		VMOVDQU32(at(p, 32+64*(i%2)), v)
		if i >= 2 {
			VPSRLD(Imm(4), v, v)
		}
		VPANDD(low, v, v)
		orBits(v, word2, 4-2*i, high)
	}
}

func (k *scales3) scales(_ Register, chunk int) scales512 {
	var s [2]VecVirtual
	for half := range s {
		s[half] = byteOf(k.sc[chunk/2], chunk%2*2+half, k.byteMask)
		VCVTDQ2PS(s[half], s[half])
		VFMSUB213PS(k.d32, k.d, s[half])
	}
	return scales512{lo: s[0], hi: s[1]}
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
			return fives512(p, 256+320*chunk, k.mask, bit4)
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
	v := byteOf(packed, i, k.byteMask)
	VCVTDQ2PS(v, v)
	VMULPS(d, v, v)
	return v
}

// byteOf is byte i of each word; mask is 0xff.
func byteOf(packed VecVirtual, i int, mask VecVirtual) VecVirtual {
	v := ZMM()
	if i == 0 {
		VPANDD(mask, packed, v)
	} else {
		VPSRLD(Imm(uint64(8*i)), packed, v)
	}
	if i == 1 || i == 2 {
		VPANDD(mask, v, v)
	}
	return v
}
