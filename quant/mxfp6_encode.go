package quant

import "github.com/rocmforge/rocmforge/mxfp"

func encodeMXFP6_E2M3(dst []byte, src []float32) { encodeMXFP6(mxfp.E2M3(), dst, src) }

func encodeMXFP6_E3M2(dst []byte, src []float32) { encodeMXFP6(mxfp.E3M2(), dst, src) }

// encodeMXFP6 takes the scale of MX 1.0, section 6.3. A block with a NaN or an
// Inf gets the scale NaN and so decodes to NaNs.
func encodeMXFP6(e *mxfp.Element, dst []byte, src []float32) {
	for i := range len(src) / mxfp.BlockSize {
		var b mxfp.Block
		b.Quantize(e, mxfp.Floor, (*[mxfp.BlockSize]float32)(src[mxfp.BlockSize*i:]))
		b.PackMXFP6((*[mxfp.MXFP6Bytes]byte)(dst[mxfp.MXFP6Bytes*i:]))
	}
}
