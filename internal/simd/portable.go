package simd

import (
	"math"
	"unsafe"

	"github.com/x448/float16"
)

// portable is the reference for the other sets, and runs where none of them
// does. Its panel kernels are filled in from the table of panels.
var portable = Kernels{
	Name:       "portable",
	QuantizeQ8: quantizeQ8,
	Transpose:  transpose,
	Dot:        dot,
	DotF16:     dotF16,
	Axpy:       axpy,
	AxpyF16:    axpyF16,
	Scale:      scale,
	SumSquares: sumSquares,
	MulScale:   mulScale,
	Add:        add,
	SiLUMul:    siluMul,
	GELUMul:    geluMul,
	ExpSum:     expSum,
	Max:        maxOf,
	F32ToF16:   f32ToF16,
	F16ToF32:   f16ToF32,
}

// q8Least is the least amax that is not quantized to zero: 127/amax stays
// finite far above it.
const q8Least = 0x1p-100

func quantizeQ8(dst *Q8Block, x *float32, blocks, ldx int) {
	for b := range blocks {
		to := (*Q8Block)(unsafe.Add(unsafe.Pointer(dst), b*ldx*Q8BlockBytes))
		from := (*[32]float32)(unsafe.Add(unsafe.Pointer(x), b*32*4))
		quantizeBlock(to, from)
	}
}

func quantizeBlock(dst *Q8Block, x *[32]float32) {
	var amax float32
	for _, v := range x {
		amax = max(amax, float32(math.Abs(float64(v))))
	}
	*dst = Q8Block{}
	if amax < q8Least {
		return
	}
	if !(amax <= math.MaxFloat32) {
		dst.Scale, dst.Sum = amax, amax
		return
	}
	inverse := 127 / amax
	for i, v := range x {
		q := int32(math.RoundToEven(float64(v * inverse)))
		dst.Q[i] = int8(q)
		if i < 16 {
			dst.NegLo -= q
		} else {
			dst.NegHi -= q
		}
	}
	dst.Scale = amax / 127
	dst.Neg = dst.NegLo + dst.NegHi
	dst.Sum = dst.Scale * float32(-dst.Neg)
}

func transpose(dst, src *float32, rows, cols, ldDst, ldSrc int) {
	for r := range rows {
		from := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(src), r*ldSrc*4)), cols)
		for c, v := range from {
			*(*float32)(unsafe.Add(unsafe.Pointer(dst), (c*ldDst+r)*4)) = v
		}
	}
}

func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func dotF16(a []float32, b []uint16) (sum float32) {
	for i, v := range a {
		sum += v * float16.Frombits(b[i]).Float32()
	}
	return sum
}

func axpy(y, x []float32, a float32) {
	for i, v := range x {
		y[i] += a * v
	}
}

func axpyF16(y []float32, x []uint16, a float32) {
	for i, v := range x {
		y[i] += a * float16.Frombits(v).Float32()
	}
}

func scale(x []float32, a float32) {
	for i := range x {
		x[i] *= a
	}
}

func sumSquares(x []float32) float32 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return float32(sum)
}

func mulScale(dst, x, w []float32, s float32) {
	for i, v := range x {
		dst[i] = v * s * w[i]
	}
}

func add(dst, x []float32) {
	for i, v := range x {
		dst[i] += v
	}
}

func siluMul(dst, gate, up []float32) {
	for i, g := range gate {
		dst[i] = float32(float64(g)/(1+math.Exp(-float64(g)))) * up[i]
	}
}

// geluMul uses gelu(g) = g/2 * (1 + tanh(√(2/π)(g + 0.044715g³))), Hendrycks
// and Gimpel, "Gaussian Error Linear Units", section 2.
func geluMul(dst, gate, up []float32) {
	for i, v := range gate {
		g := float64(v)
		t := math.Tanh(math.Sqrt(2/math.Pi) * (g + 0.044715*g*g*g))
		dst[i] = float32(g/2*(1+t)) * up[i]
	}
}

func expSum(dst, x []float32, max float32) float32 {
	var sum float64
	for i, v := range x {
		e := math.Exp(float64(v - max))
		dst[i] = float32(e)
		sum += e
	}
	return float32(sum)
}

func maxOf(x []float32) float32 {
	most := float32(math.Inf(-1))
	for _, v := range x {
		most = max(most, v)
	}
	return most
}

func f32ToF16(dst []uint16, x []float32) {
	for i, v := range x {
		dst[i] = float16.Fromfloat32(v).Bits()
	}
}

func f16ToF32(dst []float32, x []uint16) {
	for i, v := range x {
		dst[i] = float16.Frombits(v).Float32()
	}
}
