package quant

// encodeQ4_0 maps the element of largest magnitude to -8.
func encodeQ4_0(dst []byte, src []float32) {
	bs := blocks[blockQ4_0](dst)
	for i := range bs {
		b, x := &bs[i], (*[32]float32)(src[32*i:])
		_, peak := absMax(x[:])
		d := peak / -8
		b.d = toHalf(d)
		var codes [32]byte
		centredCodes(&codes, x, inverse(d), 8)
		packNibbles(&b.qs, &codes)
	}
}

// centredCodes rounds x/d half up and adds zero: codes 0..2 zero - 1.
func centredCodes(codes *[32]byte, x *[32]float32, inv float32, zero int8) {
	for j, v := range x {
		c := int8(truncInt32(float32(v*inv) + (float32(zero) + 0.5)))
		codes[j] = byte(min(2*zero-1, c))
	}
}
