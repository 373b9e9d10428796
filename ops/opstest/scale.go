package opstest

import (
	"fmt"

	"github.com/rocmforge/rocmforge/ops"
)

// lengths are what elementwise ops are tried with: around vector widths and
// around blocks of 1024.
var lengths = []int{1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 1023, 1024, 1025, 5000}

func scaleCases() (cases []Case) {
	for _, n := range lengths {
		for _, inPlace := range []bool{false, true} {
			cases = append(cases, scaleCase(n, inPlace))
		}
	}
	return cases
}

func scaleCase(n int, inPlace bool) Case {
	return newCase("scale", fmt.Sprintf("%d in place %t", n, inPlace), func(b *bench) {
		const s = float32(-11.3137)
		x := normals(5, n, 1)
		args := ops.ScaleArgs{N: int32(n), S: s}
		if inPlace {
			args.X = inout(b, "X", x)
			args.Y = args.X
		} else {
			args.X, args.Y = input(b, "X", x), output[float32](b, "Y", n)
		}
		launch(b, &ops.Scale, args)
		want := make([]float64, n)
		for i, v := range x {
			want[i] = float64(v * s)
		}
		b.compare("Y", download[float32](b, args.Y, n), want, exact)
	})
}
