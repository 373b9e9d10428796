package simd

// A Q4_1 panel block is 32 k, 320 bytes:
//
//	  0  d      [16]f16
//	 32  min    [16]f16        -m
//	 64  codes  [4][16][4]     arranged as Q4_0's
//
// A weight is d*code - min. The row's block in the file is d, m, then 16 bytes
// as Q4_0's.

func packQ4_1(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		packScaleMin(dst, row, r)
		for v := range 4 {
			putWord(dst[64:], v, r, word(row[4:], v))
		}
	}
}

// packScaleMin packs the d and m that Q4_1 and Q5_1 begin with.
func packScaleMin(dst, row []byte, r int) {
	copy(dst[2*r:2*r+2], row)
	copy(dst[32+2*r:32+2*r+2], row[2:])
	dst[32+2*r+1] ^= 0x80 // the sign
}

func unpackQ4_1(c *chunk, block []byte, _ int) {
	unpackScaleMin(c, block)
	splitNibbles(c, block[64:])
}

func unpackScaleMin(c *chunk, block []byte) {
	oneScale(c, block)
	for r := range Rows {
		c.Min[0][r] = f16At(block[32+2*r:])
	}
	c.Min[1] = c.Min[0]
}
