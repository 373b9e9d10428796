package main

// The state of Q3_K: 16 signed scales a row, one to a byte.
const (
	dQ3     = state
	scaleQ3 = state + 1 // .. state + 4
	upper3  = state + 5 // 0xe0 in each byte
)

// quadQ3_K unpacks the scales as simd's q3_k.go describes.
func quadQ3_K(p *program) {
	const word2, low4, high2, bias = codeTemp, codeTemp + 1, codeTemp + 2, codeTemp + 3
	loadF16(p, 0, dQ3)
	p.movi(low4, 0x0f)
	p.movi(high2, 0x30)
	p.movi(bias, 32)
	p.load(16, quadCode, 32+128, word2)
	for i := range V(2) {
		low, high := scaleQ3+i, scaleQ3+2+i
		p.load(16, quadCode, 32+64*int(i), low)
		p.ushr(high, low, 4)
		p.and(low, low, low4)
	}
	for i, by := range []int{4, 2, 0, -2} {
		const bits = codeTemp + 4
		if by >= 0 {
			p.shl(bits, word2, by)
		} else {
			p.ushr(bits, word2, -by)
		}
		p.and(bits, bits, high2)
		p.orr(scaleQ3+V(i), scaleQ3+V(i), bits)
		p.sub(scaleQ3+V(i), scaleQ3+V(i), bias)
	}
}

func scalesQ3_K(p *program, chunk int) {
	for half := range 2 {
		to, i := scale+V(half), chunk%2*2+half
		p.shl4s(to, scaleQ3+V(chunk/2), 24-8*i)
		p.sshr4s(to, to, 24)
		p.scvtf(to, to, 0)
		p.fmul(to, to, dQ3)
	}
}

// unpackQ3_K builds codes in the upper 3 bits of a byte. There they are signed
// once the top bit is flipped, which is done before they are taken apart.
func unpackQ3_K(p *program, chunk int) {
	const from, flip = codeTemp, codeTemp + 3
	for v, bits := range []uint8{0x24, 0x24, 0xe4} {
		p.load(16, quadCode, 224+192*chunk+64*v, from+V(v))
		p.movi(flip, bits)
		p.eor(from+V(v), from+V(v), flip)
	}
	for v := range V(3) {
		even, odd := code+2*v, code+2*v+1
		p.shl(even, from+v, 5)
		p.shl(odd, from+v, 2)
		p.and(odd, odd, upper3)
	}
	for v := range V(2) { // the third's bits 6 and 7, above bits 6 and 7
		to := code + 6 + v
		p.shl(to, from+2, int(1-v))
		p.sri(to, from+v, 1)
		p.and(to, to, upper3)
	}
}
