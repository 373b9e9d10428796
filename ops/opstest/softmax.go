package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
)

func softmaxCases() (cases []Case) {
	for _, rows := range []int{1, 2, 9} {
		for _, cols := range []int{1, 2, 7, 8, 9, 16, 17, 33, 255, 1025} {
			cases = append(cases, softmaxCase(rows, cols, 1, 0, cols%2 == 0))
		}
	}
	return append(cases,
		softmaxCase(3, 100, 0.125, 0, false),
		softmaxCase(3, 100, 30, 0, true), // most of it underflows
		softmaxCase(3, 100, 1, 0.5, false),
		softmaxCase(3, 100, 0.125, 0.9, true),
		softmaxCase(2, 40, 1, 1, false), // all is masked
		softmaxCase(1, 40000, 1, 0, false),
	)
}

// softmaxCase hides a part of the elements behind -Inf.
func softmaxCase(rows, cols int, scale float32, hidden float64, inPlace bool) Case {
	name := fmt.Sprintf("%dx%d scale %g hidden %g in place %t", rows, cols, scale, hidden, inPlace)
	return newCase("softmax", name, func(b *bench) {
		x := normals(11, rows*cols, 3)
		r := random(12)
		for i := range x {
			if r.Float64() < hidden {
				x[i] = float32(math.Inf(-1))
			}
		}
		args := ops.SoftmaxArgs{X: inout(b, "X", x), Rows: int32(rows), Cols: int32(cols), Scale: scale}
		args.Y = args.X
		if !inPlace {
			args.Y = output[float32](b, "Y", len(x))
		}
		launch(b, &ops.Softmax, args)
		want := float64s(x)
		for i := range rows {
			softmax(want[i*cols:][:cols], float64(scale))
		}
		// x*scale is rounded, and exp makes an absolute error of that a
		// relative one.
		rel := 2e-6 + 1e-6*float64(scale)
		b.compare("Y", download[float32](b, args.Y, len(x)), want, tolerance{abs: 1e-9, rel: rel})
	})
}

// softmax works in place; where all is -Inf it gives zeros.
func softmax(x []float64, scale float64) {
	most, sum := math.Inf(-1), 0.0
	for i := range x {
		x[i] *= scale
		most = max(most, x[i])
	}
	if math.IsInf(most, -1) {
		clear(x)
		return
	}
	for i := range x {
		x[i] = math.Exp(x[i] - most)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}
