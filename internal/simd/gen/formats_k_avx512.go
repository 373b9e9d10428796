package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

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
		name: "Q6_K", bytes: 3360, chunks: 8, shift: 5, halves: true, ahead: 8192,
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
