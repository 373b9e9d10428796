package main

// The state of IQ4_XS behind its table: the scales' bits, those of the high
// ones flipped that make the scales signed.
const (
	dIQ4    = state + 2
	lowIQ4  = state + 3
	highIQ4 = state + 4
)

func quadIQ4(p *program) {
	const flip = codeTemp
	loadF16(p, 0, dIQ4)
	p.load(16, quadCode, 64, lowIQ4)
	p.load(8, quadHalf, 32, highIQ4)
	p.movi(flip, 0xaa)
	p.eor(highIQ4, highIQ4, flip)
	p.uxtl4s(highIQ4, highIQ4)
}

// scalesIQ4 builds a scale in the upper 6 bits of a word.
func scalesIQ4(p *program, chunk int) {
	const low = codeTemp
	p.shl4s(scale, highIQ4, 30-2*chunk)
	p.shl4s(low, lowIQ4, 28-4*chunk)
	p.sri4s(scale, low, 2)
	p.sshr4s(scale, scale, 26)
	p.scvtf(scale, scale, 0)
	p.fmul(scale, scale, dIQ4)
}
