package simd

import (
	"math"

	"github.com/rocmforge/rocmforge/mxfp"
)

// An MXFP6_E2M3 panel block is 32 k, 528 bytes:
//
//	  0  e      [16]u8            E8M0
//	 16  codes  [8][16][4]u8      [k/4][row][k%4], 128 more than eight times the element
//
// The row's block in the file is e, then 32 codes of 6 bits (quant). Eight times
// an element is an integer of 7 bits, and a weight 2^(e-130) times that. A byte
// for each is a third more than the file has, and needs no decoding. Scales below
// 2^-123 (e < 4) count as zero: such weights are under 2^-120. A NaN (e = 255) is
// none here; ops.Repack refuses it.

// mxfp6 holds eight times the values of E2M3 (OCP MX 1.0, 5.3.2), each plus 128.
var mxfp6 = func() (t [64]uint8) {
	for code := range t {
		t[code] = uint8(int(8*mxfp.E2M3().Decode(byte(code))) + 128)
	}
	return t
}()

func packMXFP6_E2M3(dst []byte, rows *[Rows][]byte) {
	for r, row := range rows {
		dst[r] = row[0]
		var codes [mxfp.BlockSize]byte
		mxfp.Unpack6(&codes, (*[24]byte)(row[1:]))
		for k, code := range codes {
			dst[16+k/4*64+4*r+k%4] = mxfp6[code]
		}
	}
}

func unpackMXFP6_E2M3(c *chunk, block []byte, _ int) {
	for r := range Rows {
		e := max(uint32(block[r]), 3) - 3
		c.Scale[0][r] = math.Float32frombits(e << 23)
	}
	c.Scale[1] = c.Scale[0]
	for j, b := range block[16:528] {
		c.Code[j/64][j/4%Rows][j%4] = b
	}
}
