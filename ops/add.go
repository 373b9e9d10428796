package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// AddArgs are the operands of Add.
type AddArgs struct {
	Y, A, B device.Ptr // [N]
	N       int32
}

// Add is the residual connection: y = a + b.
var Add = device.Op[AddArgs]{
	Name: "add",
	Items: func(a *AddArgs) int {
		if a.N < 0 {
			badShape("add", *a)
		}
		return elemBlocks(int(a.N))
	},
	Host:  add,
	Grain: 4,
	Spec:  noSpec[AddArgs],
	Variants: step("add", func(a *AddArgs, _ device.Caps) device.Grid {
		return elementGrid(ceilDiv(int(a.N), 4), 1)
	}),
}

func add(a *AddArgs, lo, hi int) {
	first, n := elemRange(lo, hi, int(a.N))
	y, from, plus := hostElems(a.Y, first, n), a.A, a.B
	if a.Y == a.B {
		from, plus = a.B, a.A
	}
	if a.Y != from {
		copy(y, hostElems(from, first, n))
	}
	simd.Active().Add(y, hostElems(plus, first, n))
}
