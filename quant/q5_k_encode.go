package quant

var searchQ5_K = lineSearch{top: 31, first: -0.5, steps: 15}

func encodeQ5_K(dst []byte, src []float32) {
	bs := blocks[blockQ5_K](dst)
	for i := range bs {
		b, k := &bs[i], blockK{}
		k.encode((*[256]float32)(src[256*i:]), &searchQ5_K)
		*b = blockQ5_K{d: k.d, dmin: k.dmin, scales: k.scales}
		for c := range 4 {
			lo, hi := k.codes[64*c:], k.codes[64*c+32:]
			for j := range 32 {
				b.qs[32*c+j] = lo[j]&15 | hi[j]<<4
				b.qh[j] |= lo[j]>>4<<(2*c) | hi[j]>>4<<(2*c+1)
			}
		}
	}
}
