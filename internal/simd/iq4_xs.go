package simd

import "encoding/binary"

// An IQ4_XS panel block is 256 k in 8 chunks of 32, 2176 bytes:
//
//	  0  d      [16]f16
//	 32  high   [16]u16           bits 2i, 2i+1: the scale's high bits
//	 64  low    [16]u32           nibble i: its low bits, of chunk i
//	128  codes  [8][4][16][4]     per chunk, arranged as Q4_0's
//
// A weight is d*(scale-32) times IQ4_NL's value for the code. The row's block
// in the file is d, the u16, the u32, then 16 bytes a chunk as Q4_0's.

func packIQ4_XS(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		copy(dst[2*r:2*r+2], row)
		copy(dst[32+2*r:32+2*r+2], row[2:])
		putWord(dst[64:], 0, r, word(row[4:], 0))
		for v := range 32 {
			putWord(dst[128:], v, r, word(row[8:], v))
		}
	}
}

func unpackIQ4_XS(c *chunk, block []byte, sub int) {
	for r := range Rows {
		low := word(block[64:], r) >> (4 * sub) & 15
		high := uint32(binary.LittleEndian.Uint16(block[32+2*r:])) >> (2 * sub) & 3
		c.Scale[0][r] = f16At(block[2*r:]) * float32(int(low|high<<4)-32)
	}
	c.Scale[1] = c.Scale[0]
	splitNibbles(c, block[128+256*sub:])
	lookUp(c, &iq4nl)
}
