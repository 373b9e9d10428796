package main

import "strings"

// The encodings are those of the Arm Architecture Reference Manual (DDI 0487),
// section C7.2; encode_test.go holds them against LLVM's assembler.

func fields(d, n V) uint32 { return uint32(n)<<5 | uint32(d) }

// three is an instruction on registers of one arrangement; the name
// contains it: "fadd.4s".
func (p *program) three(code uint32, name string, d, n, m V) {
	op, a, _ := strings.Cut(name, ".")
	p.word(code|uint32(m)<<16|fields(d, n), "%s v%d.%s, v%d.%s, v%d.%s", op, d, a, n, a, m, a)
}

func (p *program) fadd(d, n, m V)  { p.three(0x4e20d400, "fadd.4s", d, n, m) }
func (p *program) fsub(d, n, m V)  { p.three(0x4ea0d400, "fsub.4s", d, n, m) }
func (p *program) fmul(d, n, m V)  { p.three(0x6e20dc00, "fmul.4s", d, n, m) }
func (p *program) fdiv(d, n, m V)  { p.three(0x6e20fc00, "fdiv.4s", d, n, m) }
func (p *program) fmla(d, n, m V)  { p.three(0x4e20cc00, "fmla.4s", d, n, m) }
func (p *program) fmls(d, n, m V)  { p.three(0x4ea0cc00, "fmls.4s", d, n, m) }
func (p *program) fmax(d, n, m V)  { p.three(0x4e20f400, "fmax.4s", d, n, m) }
func (p *program) fmin(d, n, m V)  { p.three(0x4ea0f400, "fmin.4s", d, n, m) }
func (p *program) faddp(d, n, m V) { p.three(0x6e20d400, "faddp.4s", d, n, m) }
func (p *program) add4s(d, n, m V) { p.three(0x4ea08400, "add.4s", d, n, m) }
func (p *program) sub4s(d, n, m V) { p.three(0x6ea08400, "sub.4s", d, n, m) }
func (p *program) sub(d, n, m V)   { p.three(0x6e208400, "sub.16b", d, n, m) }
func (p *program) uqsub(d, n, m V) { p.three(0x6e202c00, "uqsub.16b", d, n, m) }
func (p *program) and(d, n, m V)   { p.three(0x4e201c00, "and.16b", d, n, m) }
func (p *program) orr(d, n, m V)   { p.three(0x4ea01c00, "orr.16b", d, n, m) }
func (p *program) eor(d, n, m V)   { p.three(0x6e201c00, "eor.16b", d, n, m) }
func (p *program) trn1(d, n, m V)  { p.three(0x4e802800, "trn1.4s", d, n, m) }
func (p *program) trn2(d, n, m V)  { p.three(0x4e806800, "trn2.4s", d, n, m) }
func (p *program) trn1d(d, n, m V) { p.three(0x4ec02800, "trn1.2d", d, n, m) }
func (p *program) trn2d(d, n, m V) { p.three(0x4ec06800, "trn2.2d", d, n, m) }
func (p *program) mov(d, n V)      { p.orr(d, n, n) }

// two is an instruction with one source; to and from are arrangements.
func (p *program) two(code uint32, op, to, from string, d, n V) {
	p.word(code|fields(d, n), "%s v%d.%s, v%d.%s", op, d, to, n, from)
}

func (p *program) fabs(d, n V)   { p.two(0x4ea0f800, "fabs", "4s", "4s", d, n) }
func (p *program) fneg(d, n V)   { p.two(0x6ea0f800, "fneg", "4s", "4s", d, n) }
func (p *program) frintn(d, n V) { p.two(0x4e218800, "frintn", "4s", "4s", d, n) }
func (p *program) fcvtns(d, n V) { p.two(0x4e21a800, "fcvtns", "4s", "4s", d, n) }
func (p *program) ucvtf(d, n V)  { p.two(0x6e21d800, "ucvtf", "4s", "4s", d, n) }
func (p *program) fcvtl(d, n V)  { p.two(0x0e217800, "fcvtl", "4s", "4h", d, n) }
func (p *program) fcvtl2(d, n V) { p.two(0x4e217800, "fcvtl2", "4s", "8h", d, n) }
func (p *program) fcvtn(d, n V)  { p.two(0x0e216800, "fcvtn", "4h", "4s", d, n) }
func (p *program) xtn4h(d, n V)  { p.two(0x0e612800, "xtn", "4h", "4s", d, n) }
func (p *program) xtn8h(d, n V)  { p.two(0x4e612800, "xtn2", "8h", "4s", d, n) }
func (p *program) xtn8b(d, n V)  { p.two(0x0e212800, "xtn", "8b", "8h", d, n) }
func (p *program) xtn16b(d, n V) { p.two(0x4e212800, "xtn2", "16b", "8h", d, n) }
func (p *program) sshll7(d, n V) {
	p.word(0x0f0fa400|fields(d, n), "sshll v%d.8h, v%d.8b, #7", d, n)
}
func (p *program) sshll27(d, n V) {
	p.word(0x4f0fa400|fields(d, n), "sshll2 v%d.8h, v%d.16b, #7", d, n)
}
func (p *program) bic14(d V)     { p.word(0x6f02b400|fields(d, 0), "bic v%d.8h, #64, lsl #8", d) }
func (p *program) sxtl8h(d, n V) { p.two(0x0f08a400, "sxtl", "8h", "8b", d, n) }
func (p *program) sxtl4s(d, n V) { p.two(0x0f10a400, "sxtl", "4s", "4h", d, n) }
func (p *program) uxtl8h(d, n V) { p.two(0x2f08a400, "uxtl", "8h", "8b", d, n) }
func (p *program) uxtl4s(d, n V) { p.two(0x2f10a400, "uxtl", "4s", "4h", d, n) }

// shll16 and shll216 widen the lower or upper four halves, times 2^16.
func (p *program) shll16(d, n V) {
	p.word(0x2e613800|fields(d, n), "shll v%d.4s, v%d.4h, #16", d, n)
}

func (p *program) shll216(d, n V) {
	p.word(0x6e613800|fields(d, n), "shll2 v%d.4s, v%d.8h, #16", d, n)
}

// Across all lanes: the largest float, and the sum of signed bytes.

func (p *program) fmaxv(d, n V) { p.word(0x6e30f800|fields(d, n), "fmaxv s%d, v%d.4s", d, n) }

func (p *program) saddlv(d, n V) { p.word(0x4e303800|fields(d, n), "saddlv h%d, v%d.16b", d, n) }

// shift is a shift by an immediate; amount is its encoding, by its count.
func (p *program) shift(code uint32, amount int, name string, d, n V, by int) {
	op, a, _ := strings.Cut(name, ".")
	p.word(code|uint32(amount)<<16|fields(d, n), "%s v%d.%s, v%d.%s, #%d", op, d, a, n, a, by)
}

func (p *program) shl(d, n V, by int)    { p.shift(0x4f005400, 8+by, "shl.16b", d, n, by) }
func (p *program) ushr(d, n V, by int)   { p.shift(0x6f000400, 16-by, "ushr.16b", d, n, by) }
func (p *program) sli(d, n V, by int)    { p.shift(0x6f005400, 8+by, "sli.16b", d, n, by) }
func (p *program) sri(d, n V, by int)    { p.shift(0x6f004400, 16-by, "sri.16b", d, n, by) }
func (p *program) sri4s(d, n V, by int)  { p.shift(0x6f004400, 64-by, "sri.4s", d, n, by) }
func (p *program) shl4s(d, n V, by int)  { p.shift(0x4f005400, 32+by, "shl.4s", d, n, by) }
func (p *program) ushr4s(d, n V, by int) { p.shift(0x6f000400, 64-by, "ushr.4s", d, n, by) }
func (p *program) sshr4s(d, n V, by int) { p.shift(0x4f000400, 64-by, "sshr.4s", d, n, by) }

// scvtf converts integers to floats and divides by 2^fraction.
func (p *program) scvtf(d, n V, fraction int) {
	if fraction == 0 {
		p.two(0x4e21d800, "scvtf", "4s", "4s", d, n)
		return
	}
	p.shift(0x4f00e400, 64-fraction, "scvtf.4s", d, n, fraction)
}

// movi sets all bytes.
func (p *program) movi(d V, b uint8) {
	p.word(0x4f00e400|uint32(b>>5)<<16|uint32(b&31)<<5|uint32(d), "movi v%d.16b, #%d", d, b)
}

// lane encodes one of four words by its bits H (11) and L (21).
func lane(i int) uint32 { return uint32(i>>1)<<11 | uint32(i&1)<<21 }

// sdot adds to each word of d the product of n's four bytes there and word i
// of m.
func (p *program) sdot(d, n, m V, i int) {
	p.word(0x4f80e000|lane(i)|uint32(m)<<16|fields(d, n), "sdot v%d.4s, v%d.16b, v%d.4b[%d]", d, n, m, i)
}

func (p *program) fmlaLane(d, n, m V, i int) {
	p.word(0x4f801000|lane(i)|uint32(m)<<16|fields(d, n), "fmla v%d.4s, v%d.4s, v%d.s[%d]", d, n, m, i)
}

func (p *program) fmlsLane(d, n, m V, i int) {
	p.word(0x4f805000|lane(i)|uint32(m)<<16|fields(d, n), "fmls v%d.4s, v%d.4s, v%d.s[%d]", d, n, m, i)
}

// dup sets all lanes of d to lane 0 of n.
func (p *program) dup(d, n V) { p.word(0x4e040400|fields(d, n), "dup v%d.4s, v%d.s[0]", d, n) }

// dupR sets all lanes of d to the low word of r.
func (p *program) dupR(d V, r R) { p.word(0x4e040c00|fields(d, V(r)), "dup v%d.4s, w%d", d, int(r)) }

// lane0 clears all lanes of d but the first.
func (p *program) lane0(d V) { p.word(0x1e204000|fields(d, d), "fmov s%d, s%d", d, d) }

// tbl looks n's bytes up in a table of 16.
func (p *program) tbl(d, table, n V) {
	p.word(0x4e000000|uint32(n)<<16|fields(d, table), "tbl v%d.16b, { v%d.16b }, v%d.16b", d, table, n)
}

// ldrH and strH move one half.

func (p *program) ldrH(v V, from R) {
	p.word(0x7d400000|fields(v, V(from)), "ldr h%d, [x%d]", v, int(from))
}

func (p *program) strH(v V, to R) {
	p.word(0x7d000000|fields(v, V(to)), "str h%d, [x%d]", v, int(to))
}
