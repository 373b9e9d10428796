package quant

// encodeQ2_0 takes the largest magnitude for the scale, so that it never
// needs the code of 2d.
func encodeQ2_0(dst []byte, src []float32) {
	bs := blocks[blockQ2_0](dst)
	for i := range bs {
		b, x := &bs[i], (*[64]float32)(src[64*i:])
		d, _ := absMax(x[:])
		inv := inverse(d)
		*b = blockQ2_0{d: toHalf(d)}
		for j, v := range x {
			q := max(0, min(3, roundInt32(v*inv)+1))
			b.qs[j/4] |= byte(q) << (j % 4 * 2)
		}
	}
}
