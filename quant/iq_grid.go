package quant

import (
	"math"
	"math/bits"
)

// The IQ formats store an index into a codebook for every 8 or 4 elements.
// The codebooks lie packed in *_grid.go, and are unpacked once.
var (
	gridIQ2_XXS = unpackGrid8(packedIQ2_XXS[:], [4]int8{8, 25, 43})
	gridIQ2_XS  = unpackGrid8(packedIQ2_XS[:], [4]int8{8, 25, 43})
	gridIQ2_S   = unpackGrid8(packedIQ2_S[:], [4]int8{8, 25, 43})
	gridIQ1_S   = unpackGrid8(packedIQ1_S[:], [4]int8{-1, 0, 1})
	gridIQ3_XXS = unpackGrid4(packedIQ3_XXS[:], [8]int8{4, 12, 20, 28, 36, 44, 52, 62})
	gridIQ3_S   = unpackGrid4(packedIQ3_S[:], [8]int8{1, 3, 5, 7, 9, 11, 13, 15})
)

// unpackGrid8 unpacks entries of 8 two-bit digits.
func unpackGrid8(packed []uint16, values [4]int8) [][8]int8 {
	grid := make([][8]int8, len(packed))
	for i, p := range packed {
		for j := range 8 {
			grid[i][j] = values[p>>(2*j)&3]
		}
	}
	return grid
}

// unpackGrid4 unpacks entries of 4 octal digits.
func unpackGrid4(packed []uint16, values [8]int8) [][4]int8 {
	grid := make([][4]int8, len(packed))
	for i, p := range packed {
		for j := range 4 {
			grid[i][j] = values[p>>(3*j)&7]
		}
	}
	return grid
}

// signed sets y to d times the grid's entry, negated where signs has a bit.
func signed(y []float32, d float32, grid []int8, signs byte) {
	y = y[:len(grid)]
	for j, g := range grid {
		y[j] = math.Float32frombits(math.Float32bits(d*float32(g)) ^ uint32(signs>>j)<<31)
	}
}

// signs7 widens seven sign bits to eight: an eighth makes their number even.
func signs7(s uint32) byte {
	s &= 127
	return byte(s | uint32(bits.OnesCount32(s))<<7)
}
