package simd

// A Q5_0 panel block is 32 k, 352 bytes:
//
//	  0  d     [16]f16
//	 32  low   [4][16][4]     the codes' low 4 bits, arranged as Q4_0's
//	288  high  [16][4]u8      [row][k%4]: bit k/4 is the code's bit 4
//
// A weight is d*(code-16). The row's block in the file is d f16, a u32 whose
// bit k is the high bit of element k, then 16 bytes of low bits as Q4_0's.

func packQ5_0(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		copy(dst[2*r:2*r+2], row)
		packCodes5(dst[32:], row[2:], r)
	}
}

// packCodes5 packs row r's 4 bytes of high bits and 16 of low ones.
func packCodes5(dst, row []byte, r int) {
	for v := range 4 {
		putWord(dst, v, r, word(row[4:], v))
	}
	var high uint32
	for g := range 8 {
		high |= spread(word(row, 0)>>(4*g)) << g
	}
	putWord(dst, 4, r, high)
}

// spread moves the low 4 bits to the low bits of 4 bytes.
func spread(bits uint32) uint32 { return bits & 15 * 0x00204081 & 0x01010101 }

func unpackQ5_0(c *chunk, block []byte, _ int) {
	oneScale(c, block)
	unpackCodes5(c, block[32:])
}

// unpackCodes5 unpacks 320 bytes of codes.
func unpackCodes5(c *chunk, src []byte) {
	splitNibbles(c, src)
	for j, b := range src[256:320] {
		for g := range 8 {
			c.Code[g][j/4][j%4] |= b >> g & 1 << 4
		}
	}
}
