package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func gemmCases() (cases []Case) {
	for _, t := range weightTypes() {
		for i, tokens := range []int{1, 2, 31, 32, 33, 70} {
			s := linear{op: &ops.GEMM, t: t, tokens: tokens, m: []int{16, 17, 48}[i%3], k: []int{256, 512}[i%2]}
			cases = append(cases, s.gemmCase())
			s.exact = true
			cases = append(cases, s.gemmCase())
		}
	}
	for _, t := range []quant.Type{quant.F32, quant.F16, quant.BF16, quant.FP8_E4M3, quant.Q8_0, quant.Q4_K, quant.Q6_K} {
		// More tokens than a block, more rows than a group, and more k
		// than a slice; and, of float types, odd ones.
		cases = append(cases,
			linear{op: &ops.GEMM, t: t, tokens: 263, m: 147, k: wholeRow(t, 2080)}.gemmCase(),
			linear{op: &ops.GEMM, t: t, tokens: 263, m: 17, k: wholeRow(t, 1056), exact: true}.gemmCase(),
			linear{op: &ops.GEMM, t: t, tokens: 33, m: 5, k: wholeRow(t, 40), bias: true}.gemmCase(),
			linear{op: &ops.GEMM, t: t, tokens: 3, m: 33, k: wholeRow(t, 41), residual: true}.gemmCase(),
			linear{op: &ops.GEMM, t: t, tokens: 34, m: 33, k: wholeRow(t, 1), bias: true, residual: true, inPlace: true}.gemmCase(),
		)
	}
	cases = append(cases, nanCases(&ops.GEMM, 34)...)
	cases = append(cases, scaledCases(&ops.GEMM, []int{2, 70, 33})...)
	return append(cases,
		linear{op: &ops.GEMM, t: quant.FP8_E4M3, tokens: 33, m: 17, k: 96, scale: 0.37}.gemmCase(),
		linear{op: &ops.GEMM, t: quant.FP8_E4M3, tokens: 33, m: 17, k: 96, scale: 0.37, exact: true}.gemmCase())
}

// nanCases have a NaN in the last token's activations, which all its products
// must show: broken weights must not end in a token.
func nanCases(op *device.Op[ops.GEMMArgs], tokens int) (cases []Case) {
	for _, t := range []quant.Type{quant.F16, quant.Q8_0, quant.Q4_K, quant.MXFP4, quant.FP8_E4M3} {
		cases = append(cases, linear{op: op, t: t, tokens: tokens, m: 33, k: 512, nan: true}.gemmCase())
	}
	return cases
}

// linear is a case of GEMM or GEMV.
type linear struct {
	op             *device.Op[ops.GEMMArgs]
	t              quant.Type
	exact          bool
	tokens, m, k   int
	bias, residual bool
	inPlace        bool    // the residual is Y
	nan            bool    // one activation of the last token is a NaN
	scale          float32 // of the weight, on devices that keep it beside it
}

func (s linear) gemmCase() Case {
	name := fmt.Sprintf("%s %dx%dx%d", s.t, s.tokens, s.m, s.k)
	for _, f := range []struct {
		is   bool
		name string
	}{{s.exact, " exact"}, {s.bias, " bias"}, {s.residual, " residual"}, {s.inPlace, " in place"}, {s.nan, " NaN"}, {s.scale != 0, " scaled"}} {
		if f.is {
			name += f.name
		}
	}
	return newCase(s.op.Name, name, s.run)
}

func (s linear) run(b *bench) {
	w := randomWeight(1, s.t, s.m, s.k)
	w.scaled(b, s.scale)
	x := normals(2, s.tokens*s.k, 1)
	if s.nan {
		x[len(x)-s.k/2] = float32(math.NaN())
	}
	stride := s.m + 3
	args := ops.GEMMArgs{Tokens: int32(s.tokens), M: int32(s.m), K: int32(s.k), YStride: int32(stride)}
	placed := w.loaded(b, s.exact)
	if b.err != nil {
		return
	}
	args.W, args.Type, args.Layout = placed.Ptr, placed.Type, placed.Layout
	args.Form = ops.InputForm(&placed, s.formTokens())
	args.X = packed(b, x, s.tokens, s.k, args.Form)
	used := float64s(x)
	switch args.Form {
	case ops.Q8Tiles, ops.Q8Rows:
		used = q8Values(b, args.X, s.tokens, s.k, args.Form)
	case ops.HalfRows:
		used = halves(used)
	}
	want, allowed := product(w.multiplied(args.Type, args.Form), used, s, stride)
	if args.Form == ops.HalfRows && !ops.IsFloat(args.Type) {
		// Factors of codes are rounded to halves, and so is what comes out.
		allowed.abs += 0x1p-10 * largestSum(w.multiplied(args.Type, args.Form), used, s)
	}

	if s.bias {
		bias := normals(3, s.m, 10)
		args.Bias = input(b, "bias", bias)
		for i := range want {
			if i%stride < s.m {
				want[i] += float64(bias[i%stride])
			}
		}
	}
	residual := normals(4, len(want), 10)
	switch {
	case s.inPlace:
		for i := range want {
			if i%stride >= s.m {
				residual[i] = float32(math.NaN())
			}
		}
		args.Y = inout(b, "Y", residual)
		args.Residual = args.Y
	case s.residual:
		args.Residual = input(b, "residual", residual)
	}
	if args.Y == 0 {
		args.Y = output[float32](b, "Y", len(want))
	}
	if s.residual {
		for i := range want {
			want[i] += float64(residual[i])
		}
	}
	launch(b, s.op, args)
	b.compare("Y", download[float32](b, args.Y, len(want)), want, allowed)
}

// formTokens is a number of tokens for which InputForm gives what the op takes:
// either op does any number of them.
func (s linear) formTokens() int {
	if s.op == &ops.GEMV {
		return 1
	}
	return 2
}

// product is the reference, NaN between the rows. Float32 sums may be off by
// a few rounding errors of the largest sum of magnitudes.
func product(w, x []float64, s linear, stride int) ([]float64, tolerance) {
	y := make([]float64, (s.tokens-1)*stride+s.m)
	for i := range y {
		y[i] = math.NaN()
	}
	for t := range s.tokens {
		for m := range s.m {
			sum := 0.0
			for k, v := range w[m*s.k:][:s.k] {
				sum += v * x[t*s.k+k]
			}
			y[t*stride+m] = sum
		}
	}
	return y, tolerance{abs: 3e-6 * (largestSum(w, x, s) + 10), rel: 1e-6}
}

// largestSum is the largest sum of magnitudes that is a number.
func largestSum(w, x []float64, s linear) (largest float64) {
	for t := range s.tokens {
		for m := range s.m {
			sum := 0.0
			for k, v := range w[m*s.k:][:s.k] {
				sum += math.Abs(v * x[t*s.k+k])
			}
			if sum > largest {
				largest = sum
			}
		}
	}
	return largest
}

func maxAbs(v []float64) (size float64) {
	for _, x := range v {
		size = max(size, math.Abs(x))
	}
	return size
}
