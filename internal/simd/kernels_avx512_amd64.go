package simd

// avx512 needs AVX-512 F, BW, VL, DQ and VNNI.
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
}
