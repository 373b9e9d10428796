package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

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
