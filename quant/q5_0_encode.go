package quant

// encodeQ5_0 maps the element of largest magnitude to -16.
func encodeQ5_0(dst []byte, src []float32) {
	bs := blocks[blockQ5_0](dst)
	for i := range bs {
		b, x := &bs[i], (*[32]float32)(src[32*i:])
		_, peak := absMax(x[:])
		d := peak / -16
		b.d = toHalf(d)
		var codes [32]byte
		centredCodes(&codes, x, inverse(d), 16)
		packNibbles(&b.qs, &codes)
		packFifthBits(&b.qh, &codes)
	}
}
