package ops

import "github.com/rocmforge/rocmforge/device"

// ArgmaxArgs are the operands of Argmax.
type ArgmaxArgs struct {
	Out        device.Ptr // [Rows] int32
	X          device.Ptr // [Rows, Cols]
	Rows, Cols int32
}

// Argmax finds the column of each row's largest value, the first of equal
// ones. A row with a NaN or an infinity gives -1: its numbers are broken.
var Argmax = device.Op[ArgmaxArgs]{
	Name: "argmax",
	Items: func(a *ArgmaxArgs) int {
		if a.Rows < 0 || a.Cols < 1 {
			badShape("argmax", *a)
		}
		return int(a.Rows)
	},
	Host: argmax,
	Spec: noSpec[ArgmaxArgs],
	Variants: step("argmax", func(a *ArgmaxArgs, _ device.Caps) device.Grid {
		return rowGrid(int(a.Rows), 1024)
	}),
}

func argmax(a *ArgmaxArgs, lo, hi int) {
	out := device.HostSlice[int32](a.Out, hi)
	for r := lo; r < hi; r++ {
		out[r] = int32(largest(hostRow(a.X, r, int(a.Cols))))
	}
}

func largest(x []float32) int {
	best, at := x[0], 0
	for i, v := range x {
		if v-v != 0 { // a NaN or an infinity
			return -1
		}
		if v > best {
			best, at = v, i
		}
	}
	return at
}
