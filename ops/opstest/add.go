package opstest

import (
	"fmt"

	"github.com/rocmforge/rocmforge/ops"
)

func addCases() (cases []Case) {
	for _, n := range lengths {
		for _, onto := range []string{"Y", "A", "B"} {
			cases = append(cases, addCase(n, onto))
		}
	}
	return cases
}

// addCase writes the sum to a buffer of its own, or onto an operand.
func addCase(n int, onto string) Case {
	return newCase("add", fmt.Sprintf("%d onto %s", n, onto), func(b *bench) {
		x, y := normals(6, n, 1), normals(7, n, 1)
		args := ops.AddArgs{A: inout(b, "A", x), B: inout(b, "B", y), N: int32(n)}
		switch onto {
		case "A":
			args.Y = args.A
		case "B":
			args.Y = args.B
		default:
			args.Y = output[float32](b, "Y", n)
		}
		launch(b, &ops.Add, args)
		want := make([]float64, n)
		for i := range want {
			want[i] = float64(x[i] + y[i])
		}
		b.compare("Y", download[float32](b, args.Y, n), want, exact)
		if onto != "A" {
			same(b, "A", download[float32](b, args.A, n), x)
		}
		if onto != "B" {
			same(b, "B", download[float32](b, args.B, n), y)
		}
	})
}
