package simd

// A Q4_0 panel block is 32 k, 288 bytes:
//
//	  0  d      [16]f16
//	 32  codes  [4][16][4]     [v][row][k%4]: group k/4 = v low, v+4 high
//
// A weight is d*(code-8). The row's block in the file is d f16, then 16 bytes
// with elements j low and j+16 high: its words v are those of the panel.

func packQ4_0(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		copy(dst[2*r:2*r+2], row)
		for v := range 4 {
			putWord(dst[32:], v, r, word(row[2:], v))
		}
	}
}

func unpackQ4_0(c *chunk, block []byte, _ int) {
	oneScale(c, block)
	splitNibbles(c, block[32:])
}
