package main

import "math"

// quantizeQ8 writes simd's quantizeBlock: first the largest magnitude, then
// codes and their sums.
func quantizeQ8(p *program) {
	const dst, x, blocks, step R = 0, 1, 2, 3
	const bits, lo, hi R = 4, 5, 6
	const inverse, least, most, factor, total, infinity V = 16, 17, 18, 19, 20, 21
	p.function("quantizeQ8NEON", "(dst *Q8Block, x *float32, blocks, ldx int)", "is Kernels.QuantizeQ8.", 32)
	p.params("dst", "x", "blocks", "ldx")
	p.op("LSL $6, %v", step)
	p.set(least, 0x1p-100)
	p.set(factor, 127)
	p.set(infinity, math.Inf(1))
	p.times("block", blocks, func() {
		for i := range V(4) {
			p.load2(x, 32*int(i), 2*i)
		}
		for i := range V(8) {
			p.fabs(8+i, i)
		}
		for n := V(4); n > 0; n /= 2 {
			for i := range n {
				p.fmax(8+i, 8+i, 8+n+i)
			}
		}
		p.fmaxv(most, 8)

		for i := range 4 {
			p.op("STP (ZR, ZR), %d(%v)", 16*i, dst)
		}
		p.op("FCMPS F%d, F%d", least, most)
		p.op("BMI next")
		p.store(4, most, dst, 0)
		p.store(4, most, dst, 4)
		p.op("FCMPS F%d, F%d", infinity, most)
		p.op("BPL next") // if one is a NaN, too
		p.op("FDIVS F%d, F%d, F%d", most, factor, inverse)
		p.dup(inverse, inverse)
		codes(p, inverse)
		for i, sum := range []R{lo, hi} {
			p.store(16, V(i), dst, 32+16*i)
			p.saddlv(8, V(i))
			p.op("FMOVS F8, %v", bits)
			p.op("SXTH %v, %v", bits, bits)
			p.op("NEG %v, %v", bits, sum)
			p.op("MOVW %v, %d(%v)", sum, 12+4*i, dst)
		}
		p.op("FDIVS F%d, F%d, F%d", factor, most, most)
		p.op("ADD %v, %v", lo, hi)
		p.op("MOVW %v, 8(%v)", hi, dst)
		p.op("NEG %v, %v", hi, hi)
		p.op("SCVTFWS %v, F%d", hi, total)
		p.op("FMULS F%d, F%d, F%d", most, total, total)
		p.store(4, most, dst, 0)
		p.store(4, total, dst, 4)
		p.label("next")
		p.advance(x, 128)
		p.op("ADD %v, %v", step, dst)
	})
	p.ret()
}

// codes rounds the 32 floats in V0 .. V7 times inverse to bytes in V0 and V1.
func codes(p *program, inverse V) {
	for i := range V(8) {
		p.fmul(i, i, inverse)
		p.fcvtns(i, i)
	}
	for i := range V(4) {
		p.xtn4h(i, 2*i)
		p.xtn8h(i, 2*i+1)
	}
	for i := range V(2) {
		p.xtn8b(i, 2*i)
		p.xtn16b(i, 2*i+1)
	}
}
