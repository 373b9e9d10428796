package quant

// encodeQ3_K searches a scale for each of 16 groups of 16 and rounds it to a
// multiple of d, such that the largest is -32.
func encodeQ3_K(dst []byte, src []float32) {
	bs := blocks[blockQ3_K](dst)
	for i := range bs {
		encodeBlockQ3_K(&bs[i], (*[256]float32)(src[256*i:]))
	}
}

func encodeBlockQ3_K(b *blockQ3_K, x *[256]float32) {
	*b = blockQ3_K{}
	var codes [256]byte
	var scales [16]float32
	for g := range scales {
		scales[g] = searchCodes(codes[16*g:16*g+16], (*[16]float32)(x[16*g:]), 4)
	}
	if _, peak := absMax(scales[:]); peak != 0 {
		inv := -32 / peak
		b.d = toHalf(1 / inv)
		for g, s := range scales {
			b.setScale(g, byte(nearestCode(inv*s, 32, 63)))
			roundCodes(codes[16*g:16*g+16], x[16*g:16*g+16], b.d.float32()*float32(b.scale(g)), 0, 4, 7)
		}
	}
	for j, c := range codes {
		b.hmask[j%32] |= c >> 2 << (j / 32)
	}
	packCrumbs(&b.qs, &codes)
}

// setScale stores the scale of group g, plus 32, in bits that are zero.
func (b *blockQ3_K) setScale(g int, s byte) {
	b.scales[g%8] |= s & 15 << (g / 8 * 4)
	b.scales[8+g%4] |= s >> 4 << (g / 4 * 2)
}
