package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
)

func argmaxCases() (cases []Case) {
	for _, rows := range []int{1, 3, 17} {
		for _, cols := range []int{1, 2, 15, 16, 17, 1000, 32001} {
			x := normals(13, rows*cols, 1)
			cases = append(cases, argmaxCase(fmt.Sprintf("%dx%d", rows, cols), cols, x, rowMaxima(x, cols)))
		}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	return append(cases,
		argmaxCase("first of equals", 4, []float32{1, 3, 3, 3, -2, -2, -2, -2}, []int32{1, 0}),
		argmaxCase("zeros of both signs", 3, []float32{-1, float32(math.Copysign(0, -1)), 0}, []int32{1}),
		argmaxCase("negative", 3, []float32{-3, -1, -2}, []int32{1}),
		argmaxCase("infinities are broken", 3, []float32{1, inf, 2, 3, 2, -inf, 1, 2, 3}, []int32{-1, -1, 2}),
		argmaxCase("nan is broken", 3, []float32{nan, 1, 2, 2, nan, 1, 5, 4, 3}, []int32{-1, -1, 0}),
		argmaxCase("nothing but nan", 2, []float32{nan, nan}, []int32{-1}),
	)
}

func argmaxCase(name string, cols int, x []float32, want []int32) Case {
	return newCase("argmax", name, func(b *bench) {
		args := ops.ArgmaxArgs{
			Out:  output[int32](b, "Out", len(want)),
			X:    input(b, "X", x),
			Rows: int32(len(want)), Cols: int32(cols),
		}
		launch(b, &ops.Argmax, args)
		same(b, "Out", download[int32](b, args.Out, len(want)), want)
	})
}

// rowMaxima is the index of the first largest element of each row.
func rowMaxima(x []float32, cols int) (at []int32) {
	for start := 0; start < len(x); start += cols {
		best := 0
		for i, v := range x[start : start+cols] {
			if v > x[start+best] {
				best = i
			}
		}
		at = append(at, int32(best))
	}
	return at
}
