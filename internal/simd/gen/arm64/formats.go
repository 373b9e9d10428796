package main

// The formats' bytes are drawn in simd's files of the same names.
var formats = []format{
	{
		name: "Q8_0", bytes: 544, chunks: 1,
		start:  func(p *program) { p.movi(state, 0x80) },
		unpack: func(p *program, _ int) { bytesAt(p, 32) },
		scales: scaleF16,
	},
	{
		name: "Q4_0", bytes: 288, chunks: 1, fraction: 4,
		start: func(p *program) {
			p.movi(state, 0x88)
			p.movi(state+1, 0xf0)
		},
		// 4-bit numbers with their top bit flipped are the weights in two's
		// complement; in a byte's upper half they need no further bits.
		unpack: func(p *program, _ int) {
			for g := range V(4) {
				p.load(16, quadCode, 32+64*int(g), codeTemp)
				p.eor(codeTemp, codeTemp, state)
				p.shl(code+g, codeTemp, 4)
				p.and(code+4+g, codeTemp, state+1)
			}
		},
		scales: scaleF16,
	},
	{
		name: "Q4_1", bytes: 320, chunks: 1, min: true,
		start: startK, scales: scaleMinF16,
		unpack: func(p *program, _ int) { nibbles(p, 64, nibbleK) },
	},
	{
		name: "Q5_0", bytes: 352, chunks: 1, fraction: 3,
		start: func(p *program) {
			p.movi(state, 0xff)
			p.movi(state+1, 0xf0)
		},
		// As Q6_K's: signed in the upper 5 bits, once the top one is flipped.
		unpack: func(p *program, _ int) {
			const high, flip, upper = codeTemp + 1, state, state + 1
			p.load(16, quadCode, 32+256, high)
			p.eor(high, high, flip)
			belowBits(p, 32, upper, 1, func(to V, g int) { p.shl(to, high, 7-g) })
		},
		scales: scaleF16,
	},
	{
		name: "Q5_1", bytes: 384, chunks: 1, min: true,
		start: startK, scales: scaleMinF16,
		unpack: func(p *program, _ int) { fives(p, 64) },
	},
	{
		name: "IQ4_NL", bytes: 288, chunks: 1,
		start: func(p *program) {
			p.movi(state, 0x0f)
			loadTable(p, "iq4nl", 128)
		},
		unpack: func(p *program, _ int) { lookUp(p, 32) },
		scales: scaleF16,
	},
	{
		name: "IQ4_XS", bytes: 2176, chunks: 8,
		start: func(p *program) {
			p.movi(state, 0x0f)
			loadTable(p, "iq4nl", 128)
		},
		quad:   quadIQ4,
		unpack: func(p *program, chunk int) { lookUp(p, 128+256*chunk) },
		scales: scalesIQ4,
	},
	{
		name: "MXFP4", bytes: 272, chunks: 1,
		start: func(p *program) {
			p.movi(state, 0x0f)
			loadTable(p, "mxfp4", 16)
			p.movi(state+2, 1)
		},
		unpack: func(p *program, _ int) { lookUp(p, 16) },
		scales: scaleE8M0,
	},
	{
		name: "MXFP6_E2M3", bytes: 528, chunks: 1,
		start: func(p *program) {
			p.movi(state, 0x80)
			p.movi(state+2, 3)
		},
		unpack: func(p *program, _ int) { bytesAt(p, 16) },
		scales: scaleE8M0,
	},
	{
		name: "Q2_K", bytes: 1344, chunks: 8, half: true, min: true,
		start: startQ2_K, quad: quadQ2_K, unpack: unpackQ2_K, scales: scalesQ2_K,
	},
	{
		name: "Q3_K", bytes: 1760, chunks: 8, fraction: 5, half: true,
		start: func(p *program) { p.movi(upper3, 0xe0) },
		quad:  quadQ3_K, unpack: unpackQ3_K, scales: scalesQ3_K,
	},
	{
		name: "Q4_K", bytes: 2304, chunks: 8, min: true,
		start: startK, quad: quadK, scales: scalesK,
		unpack: func(p *program, chunk int) { nibbles(p, 256+256*chunk, nibbleK) },
	},
	{
		name: "Q5_K", bytes: 2816, chunks: 8, min: true,
		start: startK, quad: quadK, scales: scalesK,
		unpack: func(p *program, chunk int) { fives(p, 256+320*chunk) },
	},
	{
		name: "Q6_K", bytes: 3360, chunks: 8, fraction: 2, half: true,
		start: func(p *program) {
			p.movi(state+1, 0xaa)
			p.movi(state+2, 0xf0)
		},
		quad:   func(p *program) { loadF16(p, 0, state) },
		unpack: unpackQ6_K,
		scales: func(p *program, chunk int) {
			for i := range 2 {
				s := scale + V(i)
				p.load(4, quadByte, 32+16*(2*chunk+i), s)
				p.sxtl8h(s, s)
				p.sxtl4s(s, s)
				p.scvtf(s, s, 0)
				p.fmul(s, s, state)
			}
		},
	},
}

// loadF16 reads four rows' F16 from the 16 at offset.
func loadF16(p *program, offset int, v V) {
	p.load(8, quadHalf, offset, v)
	p.fcvtl(v, v)
}

func scaleF16(p *program, _ int) { loadF16(p, 0, scale) }

func scaleMinF16(p *program, _ int) {
	loadF16(p, 0, scale)
	loadF16(p, 32, minimum)
}

// scaleE8M0 reads four rows' E8M0 at the block's start, less what is in state+2.
func scaleE8M0(p *program, _ int) {
	p.load(4, quadByte, 0, scale)
	p.uqsub(scale, scale, state+2)
	p.uxtl8h(scale, scale)
	p.uxtl4s(scale, scale)
	p.shl4s(scale, scale, 23)
}

// bytesAt reads bytes that are 128 more than their numbers; state has 0x80.
func bytesAt(p *program, offset int) {
	for g := range V(8) {
		p.load(16, quadCode, offset+64*int(g), code+g)
		p.eor(code+g, code+g, state)
	}
}

// nibbles reads codes without a sign from the four vectors at offset.
func nibbles(p *program, offset int, mask V) {
	for g := range V(4) {
		p.load(16, quadCode, offset+64*int(g), codeTemp)
		p.and(code+g, codeTemp, mask)
		p.ushr(code+4+g, codeTemp, 4)
	}
}

// fives reads 5-bit codes without a sign from the five vectors at offset. It
// makes bits 0 and 4 of a byte the high bits of groups g and g+4, and inserts
// the low bits below either: in one of two directions.
func fives(p *program, offset int) {
	const low, high = codeTemp, codeTemp + 1
	p.load(16, quadCode, offset+256, high)
	for g := range V(4) {
		lo, hi, from := code+g, code+4+g, high
		p.load(16, quadCode, offset+64*int(g), low)
		if g > 0 {
			p.ushr(hi, high, int(g))
			from = hi
		}
		p.and(hi, from, pairK)
		p.and(lo, low, nibbleK)
		p.sli(lo, hi, 4)
		p.sri(hi, low, 4)
	}
}

// belowBits builds codes in the upper part of a byte: their width highest bits
// come from place, for group g; below them come nibbles, from the four vectors
// at offset. upper is 0xf0; codeTemp+1 and codeTemp+2 are place's.
func belowBits(p *program, offset int, upper V, width int, place func(to V, g int)) {
	const low, nibble = codeTemp, codeTemp + 3
	for g := range 4 {
		p.load(16, quadCode, offset+64*g, low)
		p.shl(nibble, low, 4)
		p.and(low, low, upper)
		for h, bits := range []V{nibble, low} {
			to := code + V(4*h+g)
			place(to, 4*h+g)
			p.sri(to, bits, width)
		}
	}
}

// loadTable puts a table of simd's, less its bias, into state+1.
func loadTable(p *program, name string, bias uint8) {
	p.op("MOVD $·%s(SB), %v", name, scratch)
	p.load(16, scratch, 0, state+1)
	p.movi(codeTemp, bias)
	p.sub(state+1, state+1, codeTemp)
}

// lookUp reads codes that index the table in state+1; state has 0x0f.
func lookUp(p *program, offset int) {
	nibbles(p, offset, state)
	for g := range V(8) {
		p.tbl(code+g, state+1, code+g)
	}
}
