package quant

// encodeTQ2_0 takes the largest magnitude for the scale.
func encodeTQ2_0(dst []byte, src []float32) {
	bs := blocks[blockTQ2_0](dst)
	for i := range bs {
		b := &bs[i]
		var codes [256]byte
		b.d = ternaryCodes(&codes, (*[256]float32)(src[256*i:]))
		packCrumbs(&b.qs, &codes)
	}
}
