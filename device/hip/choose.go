//go:build !nohip

package hip

import (
	"cmp"
	"slices"
)

// markDefault marks the GPU that Open takes when it may choose: discrete
// before integrated, then the most free memory, then HIP's order.
func markDefault(all []Info) {
	best := slices.MinFunc(all, func(a, b Info) int {
		return cmp.Or(
			cmp.Compare(btoi(a.Integrated), btoi(b.Integrated)),
			cmp.Compare(b.Free, a.Free),
			cmp.Compare(a.Ordinal, b.Ordinal))
	})
	for i := range all {
		all[i].Default = all[i].Ordinal == best.Ordinal
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
