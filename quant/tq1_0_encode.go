package quant

// encodeTQ1_0 takes the largest magnitude for the scale.
func encodeTQ1_0(dst []byte, src []float32) {
	bs := blocks[blockTQ1_0](dst)
	for i := range bs {
		b := &bs[i]
		var codes [256]byte
		b.d = ternaryCodes(&codes, (*[256]float32)(src[256*i:]))
		packTrits(b.qs[:32], codes[:160])
		packTrits(b.qs[32:], codes[160:240])
		packTrits(b.qh[:], codes[240:])
	}
}

// ternaryCodes rounds x/d to -1, 0 or 1, halves away from zero, plus 1.
func ternaryCodes(codes *[256]byte, x *[256]float32) half {
	d, _ := absMax(x[:])
	inv := inverse(d)
	for j, v := range x {
		codes[j] = byte(roundInt32(v*inv) + 1)
	}
	return toHalf(d)
}

// packTrits puts the first of every len(qs) codes into the bytes' first digit
// and so on; a fifth digit that is missing is zero. Five digits, up to 3^5 - 1,
// become the least fraction of 256 that has them in front.
func packTrits(qs, codes []byte) {
	for j := range qs {
		var q int
		for n := range 5 {
			q *= 3
			if k := n*len(qs) + j; k < len(codes) {
				q += int(codes[k])
			}
		}
		qs[j] = byte((q*256 + 242) / 243)
	}
}
