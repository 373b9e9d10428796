package simd

// A Q2_K panel block is 256 k in 8 chunks of 32, 1344 bytes:
//
//	  0  d       [16]f16
//	 32  dmin    [16]f16
//	 64  scales  [16][16]u8     [k/16][row]: scale low, m high
//	320  codes   [8][2][16][4]  per chunk, [h][row][k%4]: bits 2p, 2p+1 are
//	                            the code in group k/4 = 4h+p
//
// A weight is d*scale*code - dmin*m. The row's block in the file is 16 bytes
// of scales, 64 of codes, d and dmin. In each half of 128 elements, chunk i
// has its codes at bit 2i of 32 bytes.

func packQ2_K(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		copy(dst[2*r:2*r+2], row[80:])
		copy(dst[32+2*r:32+2*r+2], row[82:])
		for i, s := range row[:16] {
			dst[64+i*Rows+r] = s
		}
		for v := range 16 {
			putWord(dst[320:], v, r, codes2(row[16:], v/2, v%2))
		}
	}
}

// codes2 gathers the codes in half h of chunk sub.
func codes2(codes []byte, sub, h int) (bits uint32) {
	from := codes[sub/4*32+h*16:]
	for p := range 4 {
		bits |= word(from, p) >> (sub % 4 * 2) & 0x03030303 << (2 * p)
	}
	return bits
}

func unpackQ2_K(c *chunk, block []byte, sub int) {
	for r := range Rows {
		d, dmin := f16At(block[2*r:]), f16At(block[32+2*r:])
		for half := range 2 {
			s := block[64+(2*sub+half)*Rows+r]
			c.Scale[half][r] = d * float32(s&15)
			c.Min[half][r] = dmin * float32(s>>4)
		}
	}
	for j, b := range block[320+128*sub:][:128] {
		for p := range 4 {
			c.Code[j/64*4+p][j/4%Rows][j%4] = b >> (2 * p) & 3
		}
	}
}
