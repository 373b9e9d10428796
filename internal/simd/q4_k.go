package simd

// A Q4_K panel block is 256 k in 8 chunks of 32, 2304 bytes:
//
//	   0  d       [16]f16
//	  32  dmin    [16]f16
//	  64  scales  [3][16]u32        word i of the row's 12 bytes of scales
//	 256  codes   [8][4][16][4]     per chunk, arranged as Q4_0's
//
// A weight is d*sc*code - dmin*m with 6-bit sc and m, four to a word:
//
//	sc of chunks 0..3   word 0 & 3f3f3f3f
//	m  of chunks 0..3   word 1 & 3f3f3f3f
//	sc of chunks 4..7   word 2 & 0f0f0f0f | word 0 >> 2 & 30303030
//	m  of chunks 4..7   word 2 >> 4 & 0f0f0f0f | word 1 >> 2 & 30303030
//
// The row's block in the file is d, dmin, 12 bytes of scales, and 128 bytes
// of codes: of each 32, the low halves are chunk 2i, the high ones 2i+1.

func packQ4_K(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		packScalesK(dst, row, r)
		packNibblesK(dst[256:], row[16:], r, 256)
	}
}

// packScalesK packs the 256 bytes that Q4_K and Q5_K begin with.
func packScalesK(dst, row []byte, r int) {
	copy(dst[2*r:2*r+2], row)
	copy(dst[32+2*r:32+2*r+2], row[2:])
	for i := range 3 {
		putWord(dst[64:], i, r, word(row[4:], i))
	}
}

// packNibblesK packs row r's 128 bytes of codes into 8 chunks that lie
// stride bytes apart.
func packNibblesK(dst, row []byte, r, stride int) {
	const low, high = 0x0f0f0f0f, 0xf0f0f0f0
	for sub := range 4 {
		even, odd := dst[2*sub*stride:], dst[(2*sub+1)*stride:]
		for v := range 4 {
			a, b := word(row[32*sub:], v), word(row[32*sub:], v+4)
			putWord(even, v, r, a&low|b<<4&high)
			putWord(odd, v, r, a>>4&low|b&high)
		}
	}
}

func unpackQ4_K(c *chunk, block []byte, sub int) {
	unpackScalesK(c, block, sub)
	splitNibbles(c, block[256+256*sub:])
}

func unpackScalesK(c *chunk, block []byte, sub int) {
	for r := range Rows {
		w0, w1, w2 := word(block[64:], r), word(block[128:], r), word(block[192:], r)
		sc, m := w0&0x3f3f3f3f, w1&0x3f3f3f3f
		if sub >= 4 {
			sc = w2&0x0f0f0f0f | w0>>2&0x30303030
			m = w2>>4&0x0f0f0f0f | w1>>2&0x30303030
		}
		shift := 8 * (sub % 4)
		c.Scale[0][r] = f16At(block[2*r:]) * float32(sc>>shift&0xff)
		c.Min[0][r] = f16At(block[32+2*r:]) * float32(m>>shift&0xff)
	}
	c.Scale[1], c.Min[1] = c.Scale[0], c.Min[0]
}
