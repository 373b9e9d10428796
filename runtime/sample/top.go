package sample

import "slices"

// Top lists the tokens of the n largest logits, the largest first; of equal
// ones the lower id comes first.
func Top(logits []float32, n int) []int32 {
	n = min(n, len(logits))
	if n <= 0 {
		return nil
	}
	top := make([]int32, 0, n+1)
	for id, l := range logits {
		if len(top) == n && !(l > logits[top[n-1]]) {
			continue
		}
		at := len(top)
		for at > 0 && l > logits[top[at-1]] {
			at--
		}
		top = slices.Insert(top, at, int32(id))
		top = top[:min(len(top), n)]
	}
	return top
}
