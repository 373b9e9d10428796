package ops

import "github.com/rocmforge/rocmforge/device"

// DivideArgs are the operands of Divide.
type DivideArgs struct {
	X         device.Ptr // [Rows, Dim], rows Stride floats apart
	Rows, Dim int32
	Stride    int32
	By        float32
}

// Divide divides a part of each row in place: x = x / by. It brings keys and
// values to the step of a cache with a scale.
var Divide = device.Op[DivideArgs]{
	Name: "divide",
	Items: func(a *DivideArgs) int {
		if a.Rows < 0 || a.Dim < 1 || a.Stride < a.Dim || a.By == 0 {
			badShape("divide", *a)
		}
		return int(a.Rows)
	},
	Host:  divide,
	Grain: 4,
	Spec:  noSpec[DivideArgs],
}

func divide(a *DivideArgs, lo, hi int) {
	for r := lo; r < hi; r++ {
		x := headsOf(a.X, r, a.Stride, 0, 1, int(a.Dim))
		for i := range x {
			x[i] /= a.By
		}
	}
}
