package main

// The general registers of Mul's functions. Rows are taken four at a time; the
// quad's pointers advance by four rows.
const (
	acc R = iota
	panel
	x
	blocks
	tokens
	stride // from one chunk of x to the next

	quads    // left to do
	quadCode // panel, for data of 4 bytes a row
	quadHalf // panel, for data of 2 bytes a row
	quadByte // panel, for data of 1 byte a row
	quadAcc

	chunkX
	tokenAcc
	tokenX
	tokensLeft
	scratch
)

// The vector registers. A format has those that its functions' comments name.
const (
	code     V = 0  // .. 7: a chunk's codes, by k/4
	codeTemp V = 11 // .. 15: while codes are unpacked
	tokenQ   V = 8  // .. 15: a token's 32 activations in each two
	dots     V = 16 // .. 19, or .. 23 if half: a token's integer sums
	sum      V = 20 // for one token: the rows' sums
	scale    V = 24
	scaleHi  V = 25 // of the second half, if half
	minimum  V = 25 // if min and not half
	state    V = 26 // .. 31: the format's own

	// If min and half: the second half's, and what the first one's is more.
	minimumHi   V = 30
	minimumMore V = 31
)

// Fields of Q8Block.
const (
	q8Bytes = 64
	q8Scale = 0 // and then Sum, Neg and NegLo
	q8Q     = 32
)

// A format is how one integer format of 16-row panels is read, four rows at a
// time. unpack gives codes as signed bytes that are 2^fraction times as large
// as the weights in units of scale.
type format struct {
	name     string
	bytes    int // of a block
	chunks   int // of 32 k in a block
	fraction int
	half     bool // scale and scaleHi are of 16 k each
	min      bool // minimum, or each half's, is to be subtracted

	start  func(p *program)            // loads constants
	quad   func(p *program)            // reads the block's header; may be nil
	unpack func(p *program, chunk int) // sets code to code+7
	scales func(p *program, chunk int) // sets scale, scaleHi and the minima
}

func mulKernels(p *program) {
	for _, f := range formats {
		f.generate(p)
	}
}

func (f *format) generate(p *program) {
	p.function("mul"+f.name+"NEON", "(acc *float32, panel, x unsafe.Pointer, blocks, n, ldx int)",
		"is Mul for "+f.name+" panels.", 48)
	p.params("acc", "panel", "x", "blocks", "n", "ldx")
	p.op("LSL $6, %v", stride)
	f.start(p)
	p.op("CMP $1, %v", tokens)
	p.op("BNE tile")
	f.eachQuad(p, "one", f.one)
	p.ret()
	p.label("tile")
	f.eachQuad(p, "tile", f.tile)
	p.ret()
}

// eachQuad runs body, which moves chunkX past the block, for each four rows
// of each block.
func (f *format) eachQuad(p *program, name string, body func(p *program)) {
	p.times(name+"Block", blocks, func() {
		for _, r := range []R{quadCode, quadHalf, quadByte} {
			p.copy(panel, r)
		}
		p.copy(acc, quadAcc)
		p.op("MOVD $4, %v", quads)
		p.times(name+"Quad", quads, func() {
			p.copy(x, chunkX)
			if f.quad != nil {
				f.quad(p)
			}
			body(p)
			p.advance(quadCode, 16)
			p.advance(quadHalf, 8)
			p.advance(quadByte, 4)
			p.advance(quadAcc, 16)
		})
		p.copy(chunkX, x)
		p.advance(panel, f.bytes)
	})
}

// one adds a block's products with one token.
func (f *format) one(p *program) {
	p.load(16, quadAcc, 0, sum)
	for c := range f.chunks {
		f.unpack(p, c)
		f.scales(p, c)
		p.load2(chunkX, q8Q, tokenQ)
		p.movi(dots, 0)
		p.movi(dots+1, 0)
		for g := range V(4) { // two chains, so that neither waits
			p.sdot(dots, code+g, tokenQ, int(g))
			p.sdot(dots+1, code+4+g, tokenQ+1, int(g))
		}
		if !f.half {
			p.add4s(dots, dots, dots+1)
		}
		p.load(16, chunkX, q8Scale, tokenQ)
		f.addTo(p, sum, dots, dots+1, tokenQ)
		p.op("ADD %v, %v", stride, chunkX)
	}
	p.store(16, sum, quadAcc, 0)
}

// tile adds a block's products with all tokens; a chunk's codes and scales
// are unpacked once.
func (f *format) tile(p *program) {
	for c := range f.chunks {
		f.unpack(p, c)
		f.scales(p, c)
		p.copy(quadAcc, tokenAcc)
		p.copy(chunkX, tokenX)
		p.copy(tokens, tokensLeft)
		for _, count := range []int{4, 1} {
			p.by("tokens", tokensLeft, count, func() {
				f.tokens(p, count)
				p.advance(tokenAcc, 64*count)
				p.advance(tokenX, q8Bytes*count)
			})
		}
		p.op("ADD %v, %v", stride, chunkX)
	}
}

// tokens adds the products of up to four tokens.
func (f *format) tokens(p *program, count int) {
	halves := 1
	if f.half {
		halves = 2
	}
	dot := func(t, half int) V { return dots + V(halves*t+half%halves) }
	q := func(t int) V { return tokenQ + V(2*t) }
	for t := range count {
		p.load2(tokenX, q8Bytes*t+q8Q, q(t))
		for half := range halves {
			p.movi(dot(t, half), 0)
		}
	}
	for g := range 8 {
		for t := range count {
			p.sdot(dot(t, g/4), code+V(g), q(t)+V(g/4), g%4)
		}
	}
	for t := range count {
		p.load(16, tokenX, q8Bytes*t+q8Scale, q(t))
		p.load(16, tokenAcc, 64*t, q(t)+1)
		f.addTo(p, q(t)+1, dot(t, 0), dot(t, 1), q(t))
		p.store(16, q(t)+1, tokenAcc, 64*t)
	}
}

// addTo scales a token's integer sums and adds them to sum; token holds its
// Scale, Sum, Neg and NegLo.
func (f *format) addTo(p *program, sum, lo, hi, token V) {
	p.scvtf(lo, lo, f.fraction)
	p.fmul(lo, lo, scale)
	if f.half {
		p.scvtf(hi, hi, f.fraction)
		p.fmla(lo, hi, scaleHi)
	}
	if f.half && f.min {
		p.scvtf(hi, token, 0) // Neg and NegLo
		p.fmlaLane(lo, minimumHi, hi, 2)
		p.fmlaLane(lo, minimumMore, hi, 3)
	}
	p.fmlaLane(sum, lo, token, 0)
	if f.min && !f.half {
		p.fmlsLane(sum, minimum, token, 1)
	}
}
