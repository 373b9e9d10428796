package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
)

func rmsNormCases() (cases []Case) {
	for _, rows := range []int{1, 2, 7, 33} {
		for _, dim := range []int{1, 2, 15, 16, 17, 64, 255, 256, 257, 2048} {
			cases = append(cases, rmsNormCase(rows, dim, 1, true))
		}
	}
	for _, f := range packedForms {
		for _, dim := range []int{32, 256, 1056, 4096} {
			cases = append(cases, rmsNormFormCase(1, dim, f), rmsNormFormCase(5, dim, f))
		}
	}
	return append(cases,
		rmsNormCase(3, 128, 1, false),
		rmsNormCase(3, 129, 1, false),
		rmsNormCase(3, 128, 0, true),    // zeros: eps alone keeps it finite
		rmsNormCase(3, 128, 1e-6, true), // eps outweighs the values
		rmsNormCase(3, 128, 1e8, true),
		rmsNormCase(1, 16384, 30, true),
	)
}

func rmsNormCase(rows, dim int, size float64, weighted bool) Case {
	name := fmt.Sprintf("%dx%d size %g", rows, dim, size)
	if !weighted {
		name += " unweighted"
	}
	return newCase("rmsnorm", name, func(b *bench) {
		const eps = 1e-5
		x := normals(1, rows*dim, size)
		var w []float32
		args := ops.RMSNormArgs{
			X:    input(b, "X", x),
			Y:    output[float32](b, "Y", rows*dim),
			Rows: int32(rows), Dim: int32(dim), Eps: eps,
		}
		if weighted {
			w = normals(2, dim, 1)
			args.W = input(b, "W", w)
		}
		launch(b, &ops.RMSNorm, args)
		got := download[float32](b, args.Y, rows*dim)
		b.compare("Y", got, rmsNorm(x, w, dim, float64(float32(eps))), tolerance{abs: 1e-9, rel: 4e-6})
	})
}

func rmsNormFormCase(rows, dim int, f ops.Form) Case {
	return newCase("rmsnorm", fmt.Sprintf("%dx%d in form %d", rows, dim, f), func(b *bench) {
		if !gpuOnly(b) {
			return
		}
		const eps = 1e-5
		x, w := normals(1, rows*dim, 1), normals(2, dim, 1)
		args := ops.RMSNormArgs{
			X: input(b, "X", x), W: input(b, "W", w), Y: formOutput(b, f, rows, dim),
			Rows: int32(rows), Dim: int32(dim), Eps: eps, Form: f,
		}
		launch(b, &ops.RMSNorm, args)
		compareForm(b, args.Y, f, rows, dim, rmsNorm(x, w, dim, float64(float32(eps))), tolerance{abs: 1e-9, rel: 4e-6})
	})
}

func rmsNorm(x, w []float32, dim int, eps float64) []float64 {
	y := float64s(x)
	for start := 0; start < len(y); start += dim {
		row, sum := y[start:start+dim], 0.0
		for _, v := range row {
			sum += v * v
		}
		for i := range row {
			row[i] /= math.Sqrt(sum/float64(dim) + eps)
			if w != nil {
				row[i] *= float64(w[i])
			}
		}
	}
	return y
}
