package simd

// A Q6_K panel block is 256 k in 8 chunks of 32, 3360 bytes:
//
//	   0  d       [16]f16
//	  32  scales  [16][16]int8      [k/16][row]
//	 288  8 chunks of 384 bytes:
//	        0  low   [4][16][4]     the codes' low 4 bits, arranged as Q4_0's
//	      256  high  [2][16][4]     [h][row][k%4]: bits 2p, 2p+1 are the
//	                                high bits of the code in group k/4 = 4h+p
//
// A weight is d*scale*(code-32). The row's block in the file is, for 256
// elements, 128 bytes of low halves, 64 bytes of high bits, 16 int8 scales and
// d. In each half of 128, chunk i has its low bits in bytes 32*(i%2) on, low
// half first (i < 2), and its high bits at 2i of 32 bytes.

func packQ6_K(dst []byte, rows *[Rows][]byte) {
	const low, high = 0x0f0f0f0f, 0x03030303
	for r, row := range rows {
		copy(dst[2*r:2*r+2], row[208:])
		for i, s := range row[192:208] {
			dst[32+i*Rows+r] = s
		}
		for sub := range 8 {
			to := dst[288+384*sub:]
			half, i := sub/4, sub%4
			ql, qh := row[64*half+32*(i%2):], row[128+32*half:]
			var bits [2]uint32
			for v := range 4 {
				a, b := word(ql, v)>>(i/2*4)&low, word(ql, v+4)>>(i/2*4)&low
				putWord(to, v, r, a|b<<4)
				bits[0] |= word(qh, v) >> (2 * i) & high << (2 * v)
				bits[1] |= word(qh, v+4) >> (2 * i) & high << (2 * v)
			}
			putWord(to[256:], 0, r, bits[0])
			putWord(to[256:], 1, r, bits[1])
		}
	}
}

func unpackQ6_K(c *chunk, block []byte, sub int) {
	for r := range Rows {
		d := f16At(block[2*r:])
		c.Scale[0][r] = d * float32(int8(block[32+(2*sub)*Rows+r]))
		c.Scale[1][r] = d * float32(int8(block[32+(2*sub+1)*Rows+r]))
	}
	low := block[288+384*sub:]
	splitNibbles(c, low)
	for j, b := range low[256:384] {
		for p := range 4 {
			c.Code[j/64*4+p][j/4%Rows][j%4] |= b >> (2 * p) & 3 << 4
		}
	}
}
