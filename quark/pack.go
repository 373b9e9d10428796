package quark

import (
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
)

// CodeBytes is how many bytes of codes a group of 32 elements has, or 0 if t is
// no MX format.
func CodeBytes(t quant.Type) int {
	switch t {
	case quant.MXFP4:
		return mxfp.MXFP4Bytes - 1
	case quant.MXFP6_E2M3, quant.MXFP6_E3M2:
		return mxfp.MXFP6Bytes - 1
	}
	return 0
}

// Blocks brings groups of codes and their scales together into blocks of t, as
// GGUF has them: dst has len(scales) blocks. A matrix's groups follow one
// another, row by row, in both layouts.
func Blocks(dst []byte, t quant.Type, codes, scales []byte) {
	n := CodeBytes(t)
	for i, scale := range scales {
		block, from := dst[i*(n+1):][:n+1], codes[i*n:][:n]
		block[0] = scale
		if t == quant.MXFP4 {
			halves(block[1:], from)
		} else {
			copy(block[1:], from)
		}
	}
}

// Groups is the opposite of Blocks.
func Groups(codes, scales []byte, t quant.Type, blocks []byte) {
	n := CodeBytes(t)
	for i := range scales {
		block, to := blocks[i*(n+1):][:n+1], codes[i*n:][:n]
		scales[i] = block[0]
		if t == quant.MXFP4 {
			pairs(to, block[1:])
		} else {
			copy(to, block[1:])
		}
	}
}

func halves(dst, src []byte) {
	var codes [mxfp.BlockSize]byte
	mxfp.UnpackPairs(&codes, (*[16]byte)(src))
	mxfp.PackHalves((*[16]byte)(dst), &codes)
}

func pairs(dst, src []byte) {
	var codes [mxfp.BlockSize]byte
	mxfp.UnpackHalves(&codes, (*[16]byte)(src))
	mxfp.PackPairs((*[16]byte)(dst), &codes)
}

// Element is the element format of a type: E2M1 of MXFP4.
func Element(t quant.Type) *mxfp.Element {
	switch t {
	case quant.MXFP4:
		return mxfp.E2M1()
	case quant.MXFP6_E2M3:
		return mxfp.E2M3()
	case quant.MXFP6_E3M2:
		return mxfp.E3M2()
	}
	return mxfp.E4M3()
}

// Decode turns blocks of t into numbers, bit for bit as Quark does: unlike
// ggml's MXFP4 a code may be minus zero. scale is that of FP8_E4M3.
func Decode(dst []float32, t quant.Type, src []byte, scale float32) {
	e := Element(t)
	if t == quant.FP8_E4M3 {
		for i, code := range src {
			dst[i] = e.Decode(code) * scale
		}
		return
	}
	var b mxfp.Block
	for i := range len(dst) / mxfp.BlockSize {
		if t == quant.MXFP4 {
			b.UnpackMXFP4((*[mxfp.MXFP4Bytes]byte)(src[mxfp.MXFP4Bytes*i:]))
		} else {
			b.UnpackMXFP6((*[mxfp.MXFP6Bytes]byte)(src[mxfp.MXFP6Bytes*i:]))
		}
		b.Dequantize(e, (*[mxfp.BlockSize]float32)(dst[mxfp.BlockSize*i:]))
	}
}
