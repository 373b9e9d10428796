package simd

import "unsafe"

// A Q8_0 panel block is 32 k, 544 bytes:
//
//	  0  d      [16]f16
//	 32  codes  [8][16][4]u8   [k/4][row][k%4], 128 more than the weight's
//
// The row's block in the file is d f16, then 32 int8.

func packQ8_0(dst []byte, rows *[Rows][]byte) {
	codes := (*[8][Rows]uint32)(unsafe.Pointer(&dst[32:544][0]))
	for r, row := range rows {
		row = row[:34]
		dst[2*r], dst[2*r+1] = row[0], row[1]
		for g, w := range (*[8]uint32)(unsafe.Pointer(&row[2])) {
			codes[g][r] = w ^ 0x80808080 // in any byte order
		}
	}
}

func unpackQ8_0(c *chunk, block []byte, _ int) {
	oneScale(c, block)
	for j, b := range block[32:544] {
		c.Code[j/64][j/4%Rows][j%4] = b
	}
}
