package quant

import "math"

// encodeMXFP4 takes ggml's scale: the largest magnitude, which lies in
// [2^e, 2^(e+1)), falls on 4 to 8 times the scale 2^(e-2), and what is above
// 6 saturates. So a block of exact MXFP4 values comes back exact.
func encodeMXFP4(dst []byte, src []float32) {
	bs := blocks[blockMXFP4](dst)
	for i := range bs {
		b, x := &bs[i], (*[32]float32)(src[32*i:])
		amax, _ := absMax(x[:])
		b.e = scaleMXFP4(amax)
		d := e8m0Half(b.e)
		var codes [32]byte
		for j, v := range x {
			codes[j] = nearestE2M1(v, d)
		}
		packNibbles(&b.qs, &codes)
	}
}

// scaleMXFP4 is floor(log2 amax) - 2 as an E8M0 byte. Like ggml it rounds the
// logarithm to float32, so that a number just under a far power of two counts
// as that power; and below 2^-125 the byte wraps to a huge scale, under which
// all elements are coded as zero.
func scaleMXFP4(amax float32) byte {
	if !(amax > 0) {
		return 0
	}
	log := math.Floor(float64(float32(math.Log2(float64(amax)))))
	return byte(truncInt32(float32(log) - 2 + 127))
}

// nearestE2M1 is the code whose e2m1Doubled, times d, is nearest to x. A tie
// goes to the smaller magnitude, and the sign of a zero is lost.
func nearestE2M1(x, d float32) byte {
	a := abs(x)
	best := uint64(math.Float32bits(a)) << 3
	for c, v := range e2m1Doubled[:8] {
		err := math.Float32bits(abs(float32(v*d) - a))
		best = min(best, uint64(err)<<3|uint64(c)) // no branch to mispredict
	}
	code := byte(best & 7)
	if x < 0 && code != 0 {
		code |= 8
	}
	return code
}
