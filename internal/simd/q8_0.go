package simd

// A Q8_0 panel block is 32 k, 544 bytes:
//
//	  0  d      [16]f16
//	 32  codes  [8][16][4]u8   [k/4][row][k%4], 128 more than the weight's
//
// The row's block in the file is d f16, then 32 int8.

func packQ8_0(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		copy(dst[2*r:2*r+2], row)
		for g := range 8 {
			putWord(dst[32:], g, r, word(row[2:], g)^0x80808080)
		}
	}
}

func unpackQ8_0(c *chunk, block []byte, _ int) {
	oneScale(c, block)
	for j, b := range block[32:544] {
		c.Code[j/64][j/4%Rows][j%4] = b
	}
}
