package quant

// encodeQ4_1 spreads codes 0..15 from the least element to the largest.
func encodeQ4_1(dst []byte, src []float32) {
	bs := blocks[blockQ4_1](dst)
	for i := range bs {
		b, x := &bs[i], (*[32]float32)(src[32*i:])
		lo, hi := extent(x[:])
		d := (hi - lo) / 15
		b.d, b.m = toHalf(d), toHalf(lo)
		var codes [32]byte
		offsetCodes(&codes, x, inverse(d), lo, 15)
		packNibbles(&b.qs, &codes)
	}
}

// offsetCodes rounds (x-lo)/d half up.
func offsetCodes(codes *[32]byte, x *[32]float32, inv, lo float32, top byte) {
	for j, v := range x {
		c := byte(truncInt32(float32((v-lo)*inv) + 0.5))
		codes[j] = min(top, c)
	}
}
