//go:build !nohip

package hip

import (
	"cmp"
	"slices"
)

// best is the GPU that Open takes when it may choose: discrete before
// integrated, then the most free memory, then HIP's order.
func best(all []Info) Info {
	return slices.MinFunc(all, func(a, b Info) int {
		return cmp.Or(
			cmp.Compare(btoi(a.Integrated), btoi(b.Integrated)),
			cmp.Compare(b.Free, a.Free),
			cmp.Compare(a.Ordinal, b.Ordinal))
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
