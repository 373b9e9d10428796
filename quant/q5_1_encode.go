package quant

// encodeQ5_1 spreads codes 0..31 from the least element to the largest.
func encodeQ5_1(dst []byte, src []float32) {
	bs := blocks[blockQ5_1](dst)
	for i := range bs {
		b, x := &bs[i], (*[32]float32)(src[32*i:])
		lo, hi := extent(x[:])
		d := (hi - lo) / 31
		b.d, b.m = toHalf(d), toHalf(lo)
		var codes [32]byte
		offsetCodes(&codes, x, inverse(d), lo, 31)
		packNibbles(&b.qs, &codes)
		packFifthBits(&b.qh, &codes)
	}
}
