package simd

// A Q5_K panel block is 256 k in 8 chunks of 32, 2816 bytes:
//
//	   0  d, dmin, scales           as Q4_K's
//	 256  8 chunks of 320 bytes:
//	        0  low   [4][16][4]     the codes' low 4 bits, arranged as Q4_0's
//	      256  high  [16][4]u8      [row][k%4]: bit k/4 is the code's bit 4
//
// The row's block in the file is d, dmin, 12 bytes of scales, 32 bytes whose
// bit i is the high bit of that element of chunk i, then the codes as Q4_K's.

func packQ5_K(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		packScalesK(dst, row, r)
		packNibblesK(dst[256:], row[48:], r, 320)
		for sub := range 8 {
			var bits uint32
			for g := range 8 {
				bits |= word(row[16:], g) >> sub & 0x01010101 << g
			}
			putWord(dst[256+320*sub+256:], 0, r, bits)
		}
	}
}

func unpackQ5_K(c *chunk, block []byte, sub int) {
	unpackScalesK(c, block, sub)
	unpackCodes5(c, block[256+320*sub:])
}
