package quant

import "github.com/rocmforge/rocmforge/mxfp"

// FP8_E4M3: one element in a byte, a type of our own. Its scale is not in the
// block: a tensor NAME has a companion tensor NAME.scale.
func decodeFP8_E4M3(dst []float32, src []byte) {
	dst = dst[:len(src)]
	for i := range dst {
		dst[i] = mxfp.E4M3().Decode(src[i])
	}
}
