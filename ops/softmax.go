package ops

import (
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// SoftmaxArgs are the operands of Softmax.
type SoftmaxArgs struct {
	Y, X       device.Ptr // [Rows, Cols]
	Rows, Cols int32
	Scale      float32 // on x, before the exponential
}

// Softmax turns every row into probabilities:
//
//	y = exp(x*scale - max) / Σ exp(x*scale - max)
//
// A row of nothing but -Inf, where everything is masked, becomes zeros.
var Softmax = device.Op[SoftmaxArgs]{
	Name: "softmax",
	Items: func(a *SoftmaxArgs) int {
		if a.Rows < 0 || a.Cols < 1 || !(a.Scale > 0) {
			badShape("softmax", *a)
		}
		return int(a.Rows)
	},
	Host: softmax,
	Spec: noSpec[SoftmaxArgs],
	Variants: step("softmax", func(a *SoftmaxArgs, _ device.Caps) device.Grid {
		return rowGrid(int(a.Rows), 256)
	}),
}

func softmax(a *SoftmaxArgs, lo, hi int) {
	k := simd.Active()
	for r := lo; r < hi; r++ {
		y := hostRow(a.Y, r, int(a.Cols))
		if a.Y != a.X {
			copy(y, hostRow(a.X, r, int(a.Cols)))
		}
		if a.Scale != 1 {
			k.Scale(y, a.Scale)
		}
		most := k.Max(y)
		if math.IsInf(float64(most), -1) {
			clear(y)
			continue
		}
		k.Scale(y, 1/k.ExpSum(y, y, most))
	}
}
