package quant

// encodeQ6_K searches a scale for each of 16 groups of 16 and rounds it to a
// multiple of d, such that the largest is -128.
func encodeQ6_K(dst []byte, src []float32) {
	bs := blocks[blockQ6_K](dst)
	for i := range bs {
		encodeBlockQ6_K(&bs[i], (*[256]float32)(src[256*i:]))
	}
}

func encodeBlockQ6_K(b *blockQ6_K, x *[256]float32) {
	var codes [256]byte
	var scales [16]float32
	for g := range scales {
		scales[g] = searchScale(codes[16*g:16*g+16], (*[16]float32)(x[16*g:]), 32)
	}
	_, peak := absMax(scales[:])
	if abs(peak) < tiny {
		*b = blockQ6_K{}
		return
	}
	inv := -128 / peak
	b.d = toHalf(1 / inv)
	for g, s := range scales {
		b.scales[g] = int8(min(127, nearestInt(inv*s)))
		roundCodes(codes[16*g:16*g+16], x[16*g:16*g+16], b.d.float32()*float32(b.scales[g]), 0, 32, 63)
	}
	for h := range 2 {
		b.pack(h, (*[128]byte)(codes[128*h:]))
	}
}

// pack stores the codes of half h.
func (b *blockQ6_K) pack(h int, codes *[128]byte) {
	ql, qh := (*[64]byte)(b.ql[64*h:]), (*[32]byte)(b.qh[32*h:])
	for j := range 32 {
		c0, c1, c2, c3 := codes[j], codes[j+32], codes[j+64], codes[j+96]
		ql[j] = c0&15 | c2<<4
		ql[j+32] = c1&15 | c3<<4
		qh[j] = c0>>4 | c1>>4<<2 | c2>>4<<4 | c3>>4<<6
	}
}
