package quant

import "github.com/rocmforge/rocmforge/mxfp"

// MXFP6: 32 elements in 25 bytes, in two types of our own, which differ in the
// element format. x = 2^(e-127) E2M3(q) or E3M2(q).
//
//	0   1                         25
//	| e | qs                      |
//
// qs are 6-bit codes in a little-endian stream of bits, four in three bytes. A
// scale of 255 is NaN, as in the OCP specification.
var _ [25]byte = [mxfp.MXFP6Bytes]byte{}

func decodeMXFP6_E2M3(dst []float32, src []byte) { decodeMXFP6(mxfp.E2M3(), dst, src) }

func decodeMXFP6_E3M2(dst []float32, src []byte) { decodeMXFP6(mxfp.E3M2(), dst, src) }

func decodeMXFP6(e *mxfp.Element, dst []float32, src []byte) {
	var block mxfp.Block
	bs := blocks[[mxfp.MXFP6Bytes]byte](src)
	for i := range bs {
		block.UnpackMXFP6(&bs[i])
		block.Dequantize(e, (*[32]float32)(dst[32*i:]))
	}
}
