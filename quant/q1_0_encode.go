package quant

// encodeQ1_0 keeps the signs and the mean magnitude.
func encodeQ1_0(dst []byte, src []float32) {
	bs := blocks[blockQ1_0](dst)
	for i := range bs {
		b, x := &bs[i], (*[128]float32)(src[128*i:])
		*b = blockQ1_0{}
		var sum float32
		for j, v := range x {
			sum += abs(v)
			if v >= 0 {
				b.qs[j/8] |= 1 << (j % 8)
			}
		}
		b.d = toHalf(sum / 128)
	}
}
