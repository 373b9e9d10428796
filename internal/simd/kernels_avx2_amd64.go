package simd

import "unsafe"

// avx2 needs AVX2, FMA and F16C.
var avx2 = Kernels{
	Name: "avx2",
	mul: [panelCount]Mul{
		panelF32:        mulF32AVX2,
		panelF16:        mulF16AVX2,
		panelBF16:       mulBF16AVX2,
		panelFP8_E4M3:   mulFP8_E4M3AVX2,
		panelQ8_0:       mulQ8_0AVX2,
		panelQ4_0:       mulQ4_0AVX2,
		panelQ4_1:       mulQ4_1AVX2,
		panelQ5_0:       mulQ5_0AVX2,
		panelQ5_1:       mulQ5_1AVX2,
		panelIQ4_NL:     mulIQ4_NLAVX2,
		panelIQ4_XS:     mulIQ4_XSAVX2,
		panelMXFP4:      mulMXFP4AVX2,
		panelMXFP6_E2M3: mulMXFP6_E2M3AVX2,
		panelQ2_K:       mulQ2_KAVX2,
		panelQ3_K:       mulQ3_KAVX2,
		panelQ4_K:       mulQ4_KAVX2,
		panelQ5_K:       mulQ5_KAVX2,
		panelQ6_K:       mulQ6_KAVX2,
	},
	QuantizeQ8: quantizeQ8AVX2,
	Transpose:  transposeAVX2,
	Dot:        dotAVX2,
	DotF16:     dotF16Eights,
	Axpy:       axpyAVX2,
	AxpyF16:    axpyF16Eights,
	Scale:      scaleAVX2,
	SumSquares: sumSquaresAVX2,
	MulScale:   mulScaleAVX2,
	Add:        addAVX2,
	SiLUMul:    siluMulAVX2,
	GELUMul:    geluMulAVX2,
	ExpSum:     expSumAVX2,
	Max:        maxAVX2,
	F32ToF16:   f32ToF16Eights,
	F16ToF32:   f16ToF32Eights,
}

// AVX2 has no masks for 16-bit elements, so loops over F16 stop at a multiple
// of eight and these functions do the rest.

func dotF16Eights(a []float32, b []uint16) float32 {
	n := len(a) &^ 7
	return dotF16AVX2(a[:n], b[:n]) + dotF16(a[n:], b[n:])
}

func axpyF16Eights(y []float32, x []uint16, a float32) {
	n := len(y) &^ 7
	axpyF16AVX2(y[:n], x[:n], a)
	axpyF16(y[n:], x[n:], a)
}

func f32ToF16Eights(dst []uint16, x []float32) {
	n := len(dst) &^ 7
	f32ToF16AVX2(dst[:n], x[:n])
	f32ToF16(dst[n:], x[n:])
}

func f16ToF32Eights(dst []float32, x []uint16) {
	n := len(dst) &^ 7
	f16ToF32AVX2(dst[:n], x[:n])
	f16ToF32(dst[n:], x[n:])
}

// transposeAVX2 moves squares of eight, then the edges.
func transposeAVX2(dst, src *float32, rows, cols, ldDst, ldSrc int) {
	r, c := rows&^7, cols&^7
	transpose8AVX2(dst, src, r, c, ldDst, ldSrc)
	if c < cols {
		transpose(element(dst, c*ldDst), element(src, c), r, cols-c, ldDst, ldSrc)
	}
	if r < rows {
		transpose(element(dst, r), element(src, r*ldSrc), rows-r, cols, ldDst, ldSrc)
	}
}

// element is the address of p[i].
func element(p *float32, i int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), i*4))
}
