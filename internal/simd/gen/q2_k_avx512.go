package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

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
