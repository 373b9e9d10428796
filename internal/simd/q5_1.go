package simd

// A Q5_1 panel block is 32 k, 384 bytes:
//
//	  0  d, min            as Q4_1's
//	 64  low   [4][16][4]  the codes' low 4 bits, arranged as Q4_0's
//	320  high  [16][4]u8   [row][k%4]: bit k/4 is the code's bit 4
//
// A weight is d*code - min. The row's block in the file is d, m, then codes as
// Q5_0's.

func packQ5_1(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		packScaleMin(dst, row, r)
		packCodes5(dst[64:], row[4:], r)
	}
}

func unpackQ5_1(c *chunk, block []byte, _ int) {
	unpackScaleMin(c, block)
	unpackCodes5(c, block[64:])
}
