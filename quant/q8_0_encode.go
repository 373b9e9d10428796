package quant

// encodeQ8_0 maps the largest magnitude to 127.
func encodeQ8_0(dst []byte, src []float32) {
	bs := blocks[blockQ8_0](dst)
	for i := range bs {
		b, x := &bs[i], (*[32]float32)(src[32*i:])
		amax, _ := absMax(x[:])
		d := amax / 127
		inv := inverse(d)
		b.d = toHalf(d)
		for j, v := range x {
			b.qs[j] = int8(roundInt32(v * inv))
		}
	}
}
