package main

// transpose4 writes a transposition of whole squares of four: rows and cols
// are multiples of 4.
func transpose4(p *program) {
	const dst, src, rows, cols, ldDst, ldSrc R = 0, 1, 2, 3, 4, 5
	const from, to, left, at R = 6, 7, 8, 9
	p.function("transpose4NEON", "(dst, src *float32, rows, cols, ldDst, ldSrc int)",
		"is Kernels.Transpose for rows and cols that are multiples of 4.", 48)
	p.params("dst", "src", "rows", "cols", "ldDst", "ldSrc")
	p.op("LSL $2, %v", ldDst)
	p.op("LSL $2, %v", ldSrc)
	p.by("row", rows, 4, func() {
		p.copy(src, from)
		p.copy(dst, to)
		p.copy(cols, left)
		p.by("col", left, 4, func() {
			p.copy(from, at)
			for i := range V(4) {
				p.load(16, at, 0, i)
				p.op("ADD %v, %v", ldSrc, at)
			}
			square(p)
			for i := range V(4) {
				p.store(16, i, to, 0)
				p.op("ADD %v, %v", ldDst, to)
			}
			p.advance(from, 16)
		})
		p.op("ADD %v<<2, %v", ldSrc, src)
		p.advance(dst, 16)
	})
	p.ret()
}

// square transposes V0 .. V3: words within pairs of rows, then pairs of words.
func square(p *program) {
	for _, i := range []V{0, 2} {
		p.trn1(4+i, i, i+1)
		p.trn2(5+i, i, i+1)
	}
	for i := range V(2) {
		p.trn1d(i, 4+i, 6+i)
		p.trn2d(2+i, 4+i, 6+i)
	}
}
