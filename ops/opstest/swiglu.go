package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

func swiGLUCases() (cases []Case) {
	for _, kind := range []ops.Activation{ops.SiLU, ops.GELUTanh} {
		for _, n := range lengths {
			cases = append(cases, swiGLUCase(1, n, kind, 2, n%2 == 0))
		}
		cases = append(cases,
			swiGLUCase(3, 341, kind, 2, false),
			swiGLUCase(33, 96, kind, 2, true),
			swiGLUCase(2, 300, kind, 40, false), // where exp leaves float32's range
			swiGLUCase(2, 300, kind, 1e-4, false),
			swiGLUCase(1, 64, kind, 0, false),
			swiGLUHalvesCase(5, 1100, kind, ops.FloatRows),
		)
		for _, f := range packedForms {
			cases = append(cases, swiGLUHalvesCase(1, 1056, kind, f), swiGLUHalvesCase(5, 768, kind, f))
		}
	}
	return cases
}

func swiGLUCase(rows, dim int, kind ops.Activation, size float64, inPlace bool) Case {
	name := fmt.Sprintf("%dx%d kind %d size %g in place %t", rows, dim, kind, size, inPlace)
	return newCase("swiglu", name, func(b *bench) {
		n := rows * dim
		gate, up := normals(8, n, size), normals(9, n, 1)
		args := ops.GateArgs{
			Gate: inout(b, "Gate", gate),
			Up:   input(b, "Up", up),
			Rows: int32(rows), Dim: int32(dim), Stride: int32(dim), Kind: kind,
		}
		args.Y = args.Gate
		if !inPlace {
			args.Y = output[float32](b, "Y", n)
		}
		launch(b, &ops.SwiGLU, args)
		want := make([]float64, n)
		for i, g := range float64s(gate) {
			want[i] = activation(kind, g) * float64(up[i])
		}
		b.compare("Y", download[float32](b, args.Y, n), want, tolerance{abs: 1e-6, rel: 2e-6})
	})
}

// swiGLUHalvesCase has gate and up side by side in each row.
func swiGLUHalvesCase(rows, dim int, kind ops.Activation, f ops.Form) Case {
	return newCase("swiglu", fmt.Sprintf("%d rows of two halves of %d kind %d in form %d", rows, dim, kind, f), func(b *bench) {
		if f != ops.FloatRows && !gpuOnly(b) {
			return
		}
		x := normals(8, rows*2*dim, 2)
		both := input(b, "Gate and Up", x)
		y := formOutput(b, f, rows, dim)
		launch(b, &ops.SwiGLU, ops.GateArgs{
			Y: y, Gate: both, Up: both + device.Ptr(4*dim),
			Rows: int32(rows), Dim: int32(dim), Stride: int32(2 * dim), Kind: kind, Form: f,
		})
		want := make([]float64, 0, rows*dim)
		for row := range rows {
			for i := range dim {
				gate, up := float64(x[2*row*dim+i]), float64(x[(2*row+1)*dim+i])
				want = append(want, activation(kind, gate)*up)
			}
		}
		allowed := tolerance{abs: 1e-6, rel: 2e-6}
		if f != ops.FloatRows {
			compareForm(b, y, f, rows, dim, want, allowed)
			return
		}
		b.compare("Y", download[float32](b, y, rows*dim), want, allowed)
	})
}

func activation(kind ops.Activation, x float64) float64 {
	if kind == ops.SiLU {
		return x / (1 + math.Exp(-x))
	}
	return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}
