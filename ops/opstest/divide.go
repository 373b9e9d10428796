package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
)

func divideCases() (cases []Case) {
	for _, rows := range []int{1, 5, 33} {
		for _, dim := range []int{1, 64, 257} {
			cases = append(cases, divideCase(rows, dim, dim), divideCase(rows, dim, dim+7))
		}
	}
	return cases
}

// divideCase leaves what lies between the rows alone.
func divideCase(rows, dim, stride int) Case {
	return newCase("divide", fmt.Sprintf("%d of %d, %d apart", rows, dim, stride), func(b *bench) {
		x := normals(32, rows*stride, 1)
		args := ops.DivideArgs{X: inout(b, "X", x), Rows: int32(rows), Dim: int32(dim), Stride: int32(stride), By: 0.03}
		launch(b, &ops.Divide, args)
		want := float64s(x)
		for i := range want {
			if i%stride < dim {
				want[i] /= float64(args.By)
			}
		}
		b.compare("X", download[float32](b, args.X, len(x)), want, tolerance{rel: math.Ldexp(1, -23)})
	})
}
