package sample

import "slices"

// Top lists the tokens of the n largest logits, the largest first; of equal
// ones the lower id.
func Top(logits []float32, n int) []int32 {
	if n = min(n, len(logits)); n <= 0 {
		return nil
	}
	best := make([]candidate, n)
	all := make([]candidate, 0, len(logits))
	for id, l := range logits {
		all = append(all, candidate{id: int32(id), logit: l})
	}
	copy(best, topK(all, n))
	slices.SortFunc(best, func(a, b candidate) int {
		if lessProbable(a, b) {
			return 1
		}
		return -1
	})
	ids := make([]int32, n)
	for i, c := range best {
		ids[i] = c.id
	}
	return ids
}
