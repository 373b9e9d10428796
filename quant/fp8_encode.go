package quant

import "github.com/rocmforge/rocmforge/mxfp"

// encodeFP8_E4M3 rounds to the nearest, ties to even; beyond 448 it saturates.
func encodeFP8_E4M3(dst []byte, src []float32) {
	for i, x := range src {
		dst[i] = mxfp.E4M3().Encode(x)
	}
}
