package quant

var searchQ4_K = lineSearch{top: 15, first: -1, steps: 20}

func encodeQ4_K(dst []byte, src []float32) {
	bs := blocks[blockQ4_K](dst)
	for i := range bs {
		b, k := &bs[i], blockK{}
		k.encode((*[256]float32)(src[256*i:]), &searchQ4_K)
		b.d, b.dmin, b.scales = k.d, k.dmin, k.scales
		for c := range 4 {
			lo, hi := k.codes[64*c:], k.codes[64*c+32:]
			for j := range 32 {
				b.qs[32*c+j] = lo[j] | hi[j]<<4
			}
		}
	}
}
