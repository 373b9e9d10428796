package quant

var searchQ2_K = lineSearch{top: 3, first: -0.5, steps: 15, absolute: true}

// encodeQ2_K searches a scale and a minimum for each of 16 groups of 16, with
// weights |x|, and rounds them to 4 bits.
func encodeQ2_K(dst []byte, src []float32) {
	bs := blocks[blockQ2_K](dst)
	for i := range bs {
		encodeBlockQ2_K(&bs[i], (*[256]float32)(src[256*i:]))
	}
}

func encodeBlockQ2_K(b *blockQ2_K, x *[256]float32) {
	var codes [256]byte
	var d, m, weights [16]float32
	for g := range d {
		xs := x[16*g : 16*g+16]
		for j, v := range xs {
			weights[j] = abs(v)
		}
		d[g], m[g] = searchQ2_K.fit(codes[16*g:16*g+16], xs, weights[:])
	}
	maxD, maxM := largest(d[:]), largest(m[:])
	invD, invM := inverseOf(15, maxD), inverseOf(15, maxM)
	b.d, b.dmin = toHalf(maxD/15), toHalf(maxM/15)
	for g := range d {
		s := byte(nearestInt(invD*d[g])) | byte(nearestInt(invM*m[g]))<<4
		b.scales[g] = s
		roundCodes(codes[16*g:16*g+16], x[16*g:16*g+16],
			b.d.float32()*float32(s&15), b.dmin.float32()*float32(s>>4), 0, 3)
	}
	packCrumbs(&b.qs, &codes)
}
