package simd

import "math"

// An MXFP4 panel block is 32 k, 272 bytes:
//
//	  0  e      [16]u8         E8M0
//	 16  codes  [4][16][4]     E2M1, arranged as Q4_0's
//
// A weight is 2^(e-128) times twice the code's value, which is an integer.
// Scales below 2^-126 (e < 2) count as zero: such weights are under 2^-124.

// mxfp4 holds the doubled values of E2M1 (OCP MX 1.0, 5.3.3), each plus 16.
var mxfp4 = [16]uint8{
	16, 17, 18, 19, 20, 22, 24, 28, 16, 15, 14, 13, 12, 10, 8, 4,
}

func packMXFP4(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		dst[r] = row[0]
		for v := range 4 {
			putWord(dst[16:], v, r, word(row[1:], v))
		}
	}
}

func unpackMXFP4(c *chunk, block []byte, _ int) {
	for r := range Rows {
		e := max(uint32(block[r]), 1) - 1
		c.Scale[0][r] = math.Float32frombits(e << 23)
	}
	c.Scale[1] = c.Scale[0]
	splitNibbles(c, block[16:])
	lookUp(c, &mxfp4)
}
