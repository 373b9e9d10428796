package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
)

func maskCases() (cases []Case) {
	for _, s := range [][2]int{{1, 1}, {1, 17}, {5, 5}, {16, 16}, {17, 40}, {33, 20}} {
		for _, offset := range []int{0, 3, 23} {
			for _, window := range []int{0, 1, 8, 100} {
				cases = append(cases, maskCase(s[0], s[1], offset, window))
			}
		}
	}
	return cases
}

func maskCase(rows, cols, offset, window int) Case {
	name := fmt.Sprintf("%dx%d offset %d window %d", rows, cols, offset, window)
	return newCase("mask", name, func(b *bench) {
		x := normals(10, rows*cols, 1)
		args := ops.MaskArgs{
			X:    inout(b, "X", x),
			Rows: int32(rows), Cols: int32(cols), Offset: int32(offset), Window: int32(window),
		}
		launch(b, &ops.Mask, args)
		want := float64s(x)
		for i := range want {
			if !sees(i/cols+offset, i%cols, window) {
				want[i] = math.Inf(-1)
			}
		}
		b.compare("X", download[float32](b, args.X, len(x)), want, exact)
	})
}

// sees says whether a query at position pos may look at a key: not ahead, and
// with a window fewer than that many back.
func sees(pos, key, window int) bool {
	return key <= pos && (window == 0 || pos-key < window)
}
