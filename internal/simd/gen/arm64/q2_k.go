package main

// The state of Q2_K, beside its minima.
const (
	dQ2     = state
	dminQ2  = state + 1
	pairQ2  = state + 2 // 0x03 in each byte
	lowerQ2 = state + 3 // 0x0f in each byte
)

func startQ2_K(p *program) {
	p.movi(pairQ2, 0x03)
	p.movi(lowerQ2, 0x0f)
}

func quadQ2_K(p *program) {
	loadF16(p, 0, dQ2)
	loadF16(p, 32, dminQ2)
}

func unpackQ2_K(p *program, chunk int) {
	const from = codeTemp
	for g := range 8 {
		to := code + V(g)
		if g%4 == 0 {
			p.load(16, quadCode, 320+128*chunk+64*(g/4), from)
			p.and(to, from, pairQ2)
			continue
		}
		p.ushr(to, from, g%4*2)
		p.and(to, to, pairQ2)
	}
}

// scalesQ2_K gives NegHi's minimum to Neg, the sum of NegLo and NegHi, which a
// token's one load brings; so NegLo's is less by that much.
func scalesQ2_K(p *program, chunk int) {
	for half, m := range []V{minimumMore, minimumHi} {
		s := scale + V(half)
		p.load(4, quadByte, 64+16*(2*chunk+half), s)
		p.ushr(m, s, 4)
		p.and(s, s, lowerQ2)
		byteFloats(p, s, dQ2)
		byteFloats(p, m, dminQ2)
	}
	p.fsub(minimumMore, minimumMore, minimumHi)
}

// byteFloats makes four bytes floats, times d.
func byteFloats(p *program, v, d V) {
	p.uxtl8h(v, v)
	p.uxtl4s(v, v)
	p.ucvtf(v, v)
	p.fmul(v, v, d)
}
