package ops

import (
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// RMSNormArgs are the operands of RMSNorm.
type RMSNormArgs struct {
	Y, X device.Ptr // [Rows, Dim]
	W    device.Ptr // [Dim], or 0 for a norm without weights
	Rows int32
	Dim  int32
	Eps  float32
}

// RMSNorm scales every row to a root mean square of one, then by weights:
//
//	y = x / √(mean(x²) + eps) * w
//
// Zhang and Sennrich, "Root Mean Square Layer Normalization", equation 4. A
// norm per head is one with Rows = tokens*heads.
var RMSNorm = device.Op[RMSNormArgs]{
	Name: "rmsnorm",
	Items: func(a *RMSNormArgs) int {
		if a.Rows < 0 || a.Dim < 1 {
			badShape("rmsnorm", *a)
		}
		return int(a.Rows)
	},
	Host:  rmsNorm,
	Grain: 4,
}

func rmsNorm(a *RMSNormArgs, lo, hi int) {
	dim := int(a.Dim)
	k := simd.Active()
	var w []float32
	if a.W != 0 {
		w = device.HostSlice[float32](a.W, dim)
	}
	for r := lo; r < hi; r++ {
		x, y := hostRow(a.X, r, dim), hostRow(a.Y, r, dim)
		scale := float32(1 / math.Sqrt(float64(k.SumSquares(x))/float64(dim)+float64(a.Eps)))
		if w != nil {
			k.MulScale(y, x, w, scale)
			continue
		}
		for i, v := range x {
			y[i] = v * scale
		}
	}
}
