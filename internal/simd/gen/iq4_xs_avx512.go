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
