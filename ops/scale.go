package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// ScaleArgs are the operands of Scale.
type ScaleArgs struct {
	Y, X device.Ptr // [N]
	N    int32
	S    float32
}

// Scale multiplies by a number: y = x * s.
var Scale = device.Op[ScaleArgs]{
	Name: "scale",
	Items: func(a *ScaleArgs) int {
		if a.N < 0 {
			badShape("scale", *a)
		}
		return elemBlocks(int(a.N))
	},
	Host:  scale,
	Grain: 4,
	Spec:  noSpec[ScaleArgs],
	Variants: step("scale", func(a *ScaleArgs, _ device.Caps) device.Grid {
		return elementGrid(ceilDiv(int(a.N), 4), 1)
	}),
}

func scale(a *ScaleArgs, lo, hi int) {
	first, n := elemRange(lo, hi, int(a.N))
	y := hostElems(a.Y, first, n)
	if a.Y != a.X {
		copy(y, hostElems(a.X, first, n))
	}
	simd.Active().Scale(y, a.S)
}
