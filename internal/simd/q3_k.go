package simd

// A Q3_K panel block is 256 k in 8 chunks of 32, 1760 bytes:
//
//	  0  d       [16]f16
//	 32  scales  [3][16]u32     word i of the row's 12 bytes of scales
//	224  codes   [8][3][16][4]  per chunk, [v][row][k%4]:
//	        bits 0..2  the code in group k/4 = 2v
//	        bits 3..5  that in group 2v+1
//	        bits 6, 7  v < 2: the low 2 bits in group 6+v
//	                   v = 2: the highest bits in groups 6 and 7
//
// A weight is d*(scale-32)*(code-4), with a 6-bit scale for each 16 k, four to
// a word:
//
//	 0..3   word 0 & 0f0f0f0f      | word 2 << 4 & 30303030
//	 4..7   word 1 & 0f0f0f0f      | word 2 << 2 & 30303030
//	 8..11  word 0 >> 4 & 0f0f0f0f | word 2 & 30303030
//	12..15  word 1 >> 4 & 0f0f0f0f | word 2 >> 2 & 30303030
//
// The row's block in the file is 32 bytes whose bit i is the highest bit of
// that element of chunk i, 64 bytes of low bits, 12 of scales, and d. In each
// half of 128 elements, chunk i has its low bits at 2i of 32 bytes.

func packQ3_K(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		copy(dst[2*r:2*r+2], row[108:])
		for i := range 3 {
			putWord(dst[32:], i, r, word(row[96:], i))
		}
		for sub := range 8 {
			packCodes3(dst[224+192*sub:], row, r, sub)
		}
	}
}

// packCodes3 packs row r's codes of chunk sub.
func packCodes3(dst, row []byte, r, sub int) {
	const bit, two = 0x01010101, 0x03030303
	low := row[32+sub/4*32:]
	var code [8]uint32
	for g := range code {
		code[g] = word(low, g)>>(sub%4*2)&two | word(row, g)>>sub&bit<<2
	}
	top := [3]uint32{code[6] & two, code[7] & two, code[6]>>2&bit | code[7]>>2&bit<<1}
	for v := range 3 {
		putWord(dst, v, r, code[2*v]|code[2*v+1]<<3|top[v]<<6)
	}
}

func unpackQ3_K(c *chunk, block []byte, sub int) {
	for r := range Rows {
		for half := range 2 {
			c.Scale[half][r] = f16At(block[2*r:]) * float32(scaleQ3_K(block[32:], r, 2*sub+half))
		}
	}
	for j := range 64 {
		r, t, codes := j/4, j%4, block[224+192*sub+j:]
		for v := range 3 {
			c.Code[2*v][r][t] = codes[64*v] & 7
			c.Code[2*v+1][r][t] = codes[64*v] >> 3 & 7
		}
		c.Code[6][r][t] = codes[0]>>6 | codes[128]>>4&4
		c.Code[7][r][t] = codes[64]>>6 | codes[128]>>5&4
	}
}

// scaleQ3_K is row r's scale i of 16.
func scaleQ3_K(scales []byte, r, i int) int {
	at := 8 * (i % 4)
	low := word(scales, i/4%2*Rows+r) >> (at + i/8*4) & 15
	high := word(scales, 2*Rows+r) >> (at + i/4*2) & 3
	return int(low|high<<4) - 32
}
