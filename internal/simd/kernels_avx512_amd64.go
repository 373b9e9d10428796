package simd

// avx512 needs AVX-512 F, BW, VL, DQ and VNNI, and AVX2's set.
var avx512 = Kernels{
	Name: "avx512",
	mul: [panelCount]Mul{
		panelF32:    mulF32AVX512,
		panelF16:    mulF16AVX512,
		panelBF16:   mulBF16AVX512,
		panelQ8_0:   mulQ8_0AVX512,
		panelQ4_0:   mulQ4_0AVX512,
		panelIQ4_NL: mulIQ4_NLAVX512,
		panelMXFP4:  mulMXFP4AVX512,
		panelQ4_K:   mulQ4_KAVX512,
		panelQ5_K:   mulQ5_KAVX512,
		panelQ6_K:   mulQ6_KAVX512,
	},
	QuantizeQ8: quantizeQ8AVX512,
	Transpose:  transposeAVX2,
	Dot:        dotAVX512,
	DotF16:     dotF16AVX512,
	Axpy:       axpyAVX512,
	AxpyF16:    axpyF16AVX512,
	Scale:      scaleAVX512,
	SumSquares: sumSquaresAVX512,
	MulScale:   mulScaleAVX512,
	Add:        addAVX512,
	SiLUMul:    siluMulAVX512,
	GELUMul:    geluMulAVX512,
	ExpSum:     expSumAVX512,
	Max:        maxAVX512,
	F32ToF16:   f32ToF16AVX512,
	F16ToF32:   f16ToF32AVX512,
}
