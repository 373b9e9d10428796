package main

// The state of Q4_K and Q5_K: four 6-bit scales and minima of chunks 0..3 and
// of 4..7 a row, one to a byte.
//
// startK's constants serve the other formats with a minimum, too.
const (
	dK      = state
	dminK   = state + 1
	scaleK  = state + 2 // and state + 3
	minK    = state + 4 // and state + 5
	byteK   = dots + 5  // 0xff in each word
	nibbleK = dots + 6  // 0x0f in each byte
	pairK   = dots + 7  // 0x11 in each byte
)

func startK(p *program) {
	p.movi(byteK, 0xff)
	p.ushr4s(byteK, byteK, 24)
	p.movi(nibbleK, 0x0f)
	p.movi(pairK, 0x11)
}

// quadK unpacks the scales as simd's q4_k.go describes.
func quadK(p *program) {
	const word2, low6, high2 = codeTemp, codeTemp + 1, codeTemp + 2
	loadF16(p, 0, dK)
	loadF16(p, 32, dminK)
	p.movi(low6, 0x3f)
	p.movi(high2, 0x30)
	p.load(16, quadCode, 192, word2)
	for i, v := range []V{scaleK, minK} {
		p.load(16, quadCode, 64+64*i, v)
		p.ushr4s(v+1, v, 2)
		p.and(v+1, v+1, high2)
		p.and(v, v, low6)
	}
	p.ushr(low6, word2, 4)
	p.and(word2, word2, nibbleK)
	p.orr(scaleK+1, scaleK+1, word2)
	p.orr(minK+1, minK+1, low6)
}

func scalesK(p *program, chunk int) {
	byteTimes(p, scale, scaleK+V(chunk/4), chunk%4, dK)
	byteTimes(p, minimum, minK+V(chunk/4), chunk%4, dminK)
}

// byteTimes is byte i of each word, times d.
func byteTimes(p *program, to, packed V, i int, d V) {
	if i > 0 {
		p.ushr4s(to, packed, 8*i)
		packed = to
	}
	if i < 3 {
		p.and(to, packed, byteK)
	}
	p.ucvtf(to, to)
	p.fmul(to, to, d)
}

// unpackQ6_K builds codes in the upper 6 bits of a byte. Flipping the top bit
// makes them signed; 0xaa does it for all four pairs of high bits at once.
func unpackQ6_K(p *program, chunk int) {
	const high, flip, upper = codeTemp + 1, state + 1, state + 2
	offset := 288 + 384*chunk
	for h := range V(2) {
		p.load(16, quadCode, offset+256+64*int(h), high+h)
		p.eor(high+h, high+h, flip)
	}
	belowBits(p, offset, upper, 2, func(to V, g int) { p.shl(to, high+V(g/4), 6-2*(g%4)) })
}
