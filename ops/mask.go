package ops

import (
	"math"

	"github.com/rocmforge/rocmforge/device"
)

// MaskArgs are the operands of Mask.
type MaskArgs struct {
	X          device.Ptr // [Rows, Cols], in place: a row per query, a column per key
	Rows, Cols int32
	Offset     int32 // the key position of row 0
	Window     int32 // how many keys a query sees, itself included; 0 for all
}

// Mask hides the keys behind a query, and those before its window: x becomes
// -Inf where col > row+offset or col <= row+offset-window.
var Mask = device.Op[MaskArgs]{
	Name: "mask",
	Items: func(a *MaskArgs) int {
		if a.Rows < 0 || a.Cols < 1 || a.Offset < 0 || a.Window < 0 {
			badShape("mask", *a)
		}
		return int(a.Rows)
	},
	Host:  mask,
	Grain: 4,
	Spec:  noSpec[MaskArgs],
	Variants: step("mask", func(a *MaskArgs, _ device.Caps) device.Grid {
		return elementGrid(int(a.Cols), int(a.Rows))
	}),
}

func mask(a *MaskArgs, lo, hi int) {
	for r := lo; r < hi; r++ {
		x := hostRow(a.X, r, int(a.Cols))
		first, end := visible(r+int(a.Offset), len(x), int(a.Window))
		hide(x[:first])
		hide(x[end:])
	}
}

// visible is the range of keys that a query at position pos sees, of those
// that there are.
func visible(pos, keys, window int) (first, end int) {
	end = min(pos+1, keys)
	if window > 0 {
		first = min(max(pos-window+1, 0), end)
	}
	return first, end
}

func hide(x []float32) {
	for i := range x {
		x[i] = float32(math.Inf(-1))
	}
}
