package ops

import (
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// RMSNormArgs are the operands of RMSNorm.
type RMSNormArgs struct {
	Y, X device.Ptr // [Rows, Dim], Y in Form
	W    device.Ptr // [Dim], or 0 for a norm without weights
	Rows int32
	Dim  int32
	Eps  float32
	Form Form // on a CPU FloatRows
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
		if a.Rows < 0 || a.Dim < 1 || !validForm(a.Form, a.Dim) {
			badShape("rmsnorm", *a)
		}
		return int(a.Rows)
	},
	Host:  rmsNorm,
	Grain: 4,
	Spec: func(a *RMSNormArgs) device.Spec {
		return device.Spec{Consts: map[string]int{"DIM": int(a.Dim), "FORM": int(a.Form)}}
	},
	Variants: []device.Variant[RMSNormArgs]{
		rmsNormVariant(256, func(_ device.Caps, s device.Spec) bool { return s.Consts["DIM"] <= 2048 }),
		rmsNormVariant(512, func(_ device.Caps, s device.Spec) bool { return s.Consts["DIM"] <= 4096 }),
		rmsNormVariant(1024, nil),
	},
}

// rmsNormVariant is the kernel with so many threads for a row.
func rmsNormVariant(threads int, fits func(device.Caps, device.Spec) bool) device.Variant[RMSNormArgs] {
	return device.Variant[RMSNormArgs]{
		Fits: fits,
		Steps: []device.Step[RMSNormArgs]{{
			Kernel: "rmsnorm", Consts: []string{"DIM", "FORM"}, Tune: map[string]int{"THREADS": threads},
			Grid: func(a *RMSNormArgs, _ device.Caps) device.Grid { return rowGrid(int(a.Rows), threads) },
		}},
	}
}

func rmsNorm(a *RMSNormArgs, lo, hi int) {
	mustBeFloats("rmsnorm", a.Form)
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
