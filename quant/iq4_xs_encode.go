package quant

import "encoding/binary"

// encodeIQ4_XS searches a scale for each of 8 groups and rounds it to a
// multiple of d, such that the largest is -32.
func encodeIQ4_XS(dst []byte, src []float32) {
	bs := blocks[blockIQ4_XS](dst)
	for i := range bs {
		encodeBlockIQ4_XS(&bs[i], (*[256]float32)(src[256*i:]))
	}
}

func encodeBlockIQ4_XS(b *blockIQ4_XS, x *[256]float32) {
	var scales [8]float32
	for g := range scales {
		scales[g] = searchIQ4_NL((*[32]float32)(x[32*g:]))
	}
	_, peak := absMax(scales[:])
	d := -peak / 32
	inv := inverse(d)
	*b = blockIQ4_XS{d: toHalf(d)}
	var high uint16
	for g, scale := range scales {
		s := nearestCode(inv*scale, 32, 63)
		roundIQ4_NL(&b.qs[g], (*[32]float32)(x[32*g:]), inverse(d*float32(s-32)))
		b.sl[g/2] |= byte(s) & 15 << (g % 2 * 4)
		high |= uint16(s>>4) << (2 * g)
	}
	binary.LittleEndian.PutUint16(b.sh[:], high)
}
