package simd

import "unsafe"

// neon needs the dot products of Armv8.2 (SDOT).
var neon = Kernels{
	Name: "neon",
	mul: [panelCount]Mul{
		panelF32:        mulF32NEON,
		panelF16:        mulF16NEON,
		panelBF16:       mulBF16NEON,
		panelFP8_E4M3:   mulFP8_E4M3NEON,
		panelQ8_0:       mulQ8_0NEON,
		panelQ4_0:       mulQ4_0NEON,
		panelQ4_1:       mulQ4_1NEON,
		panelQ5_0:       mulQ5_0NEON,
		panelQ5_1:       mulQ5_1NEON,
		panelIQ4_NL:     mulIQ4_NLNEON,
		panelIQ4_XS:     mulIQ4_XSNEON,
		panelMXFP4:      mulMXFP4NEON,
		panelMXFP6_E2M3: mulMXFP6_E2M3NEON,
		panelQ2_K:       mulQ2_KNEON,
		panelQ3_K:       mulQ3_KNEON,
		panelQ4_K:       mulQ4_KNEON,
		panelQ5_K:       mulQ5_KNEON,
		panelQ6_K:       mulQ6_KNEON,
	},
	QuantizeQ8: quantizeQ8NEON,
	Transpose:  transposeNEON,
	Dot:        dotNEON,
	DotF16:     dotF16NEON,
	Axpy:       axpyNEON,
	AxpyF16:    axpyF16NEON,
	Scale:      scaleNEON,
	SumSquares: sumSquaresNEON,
	MulScale:   mulScaleNEON,
	Add:        addNEON,
	SiLUMul:    siluMulNEON,
	GELUMul:    geluMulNEON,
	ExpSum:     expSumNEON,
	Max:        maxNEON,
	F32ToF16:   f32ToF16NEON,
	F16ToF32:   f16ToF32NEON,
}

// transposeNEON moves squares of four, then the edges.
func transposeNEON(dst, src *float32, rows, cols, ldDst, ldSrc int) {
	r, c := rows&^3, cols&^3
	transpose4NEON(dst, src, r, c, ldDst, ldSrc)
	at := func(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), i*4)) }
	if c < cols {
		transpose(at(dst, c*ldDst), at(src, c), r, cols-c, ldDst, ldSrc)
	}
	if r < rows {
		transpose(at(dst, r), at(src, r*ldSrc), rows-r, cols, ldDst, ldSrc)
	}
}
