package main

// A floatFormat reads the 16 rows of one k into w .. w+3.
type floatFormat struct {
	name string
	size int // bytes of an element
	load func(p *program, from R, offset int, w V)
}

var floatFormats = []floatFormat{
	{"F32", 4, func(p *program, from R, offset int, w V) {
		p.load2(from, offset, w)
		p.load2(from, offset+32, w+2)
	}},
	{"F16", 2, func(p *program, from R, offset int, w V) {
		widen(p, from, offset, w, p.fcvtl, p.fcvtl2)
	}},
	{"BF16", 2, func(p *program, from R, offset int, w V) {
		widen(p, from, offset, w, p.shll16, p.shll216)
	}},
	// A code is a half's sign, which fills the upper byte, and seven bits below;
	// the half's bit 14 must not be one of them.
	{"FP8_E4M3", 1, func(p *program, from R, offset int, w V) {
		p.load(16, from, offset, w+3)
		p.sshll7(w+2, w+3)
		p.sshll27(w+3, w+3)
		p.bic14(w + 2)
		p.bic14(w + 3)
		p.fcvtl(w, w+2)
		p.fcvtl2(w+1, w+2)
		p.fcvtl(w+2, w+3)
		p.fcvtl2(w+3, w+3)
	}},
}

// widen loads 16 halves, and makes words of the lower and upper ones.
func widen(p *program, from R, offset int, w V, lower, upper func(d, n V)) {
	p.load2(from, offset, w+2)
	lower(w, w+2)
	upper(w+1, w+2)
	lower(w+2, w+3)
	upper(w+3, w+3)
}

func floatKernels(p *program) {
	for _, f := range floatFormats {
		f.generate(p)
	}
}

// generate writes the kernel that takes tokens in groups whose sums fit in
// registers, and walks the panel once for each.
func (f *floatFormat) generate(p *program) {
	p.function("mul"+f.name+"NEON", "(acc *float32, panel, x unsafe.Pointer, blocks, n, ldx int)",
		"is Mul for "+f.name+" panels.", 48)
	p.params("acc", "panel", "x", "blocks", "n", "ldx")
	p.op("LSL $2, %v", stride)
	for count := 4; count > 0; count /= 2 {
		p.by("group", tokens, count, func() {
			f.group(p, count)
			p.advance(acc, 64*count)
			p.advance(x, 4*count)
		})
	}
	p.ret()
}

// group adds the products of 1, 2 or 4 tokens. It has 16 sums, over several k
// if need be, so that additions do not wait for each other.
func (f *floatFormat) group(p *program, count int) {
	const from, fromX, left = quadCode, chunkX, tokensLeft
	const sums, w, xs V = 0, 16, 20
	p.copy(panel, from)
	p.copy(x, fromX)
	p.copy(blocks, left)
	for i := range V(16) {
		if i < V(4*count) {
			p.load(16, acc, 16*int(i), sums+i)
		} else {
			p.movi(sums+i, 0)
		}
	}
	for unroll := 4 / count; unroll > 0; unroll /= 2 {
		p.by("k", left, unroll, func() {
			for u := range unroll {
				f.load(p, from, 16*f.size*u, w)
				p.load(4*count, fromX, 0, xs)
				p.op("ADD %v, %v", stride, fromX)
				for i := range V(4 * count) {
					p.fmlaLane(sums+V(4*count*u)+i, w+i%4, xs, int(i/4))
				}
			}
			p.advance(from, 16*f.size*unroll)
		})
	}
	joinSums(p, sums, 16, 4*count)
	for i := range V(4 * count) {
		p.store(16, sums+i, acc, 16*int(i))
	}
}

// joinSums adds vectors i, i+keep, i+2*keep... of count into i < keep, both
// powers of two.
func joinSums(p *program, sums V, count, keep int) {
	for n := count / 2; n >= keep; n /= 2 {
		for i := range V(n) {
			p.fadd(sums+i, sums+i, sums+V(n)+i)
		}
	}
}
