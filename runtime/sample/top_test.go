package sample

import (
	"cmp"
	"slices"
	"testing"
)

func TestTop(t *testing.T) {
	logits := randomLogits(500, 9)
	for i := range 100 {
		logits[i+300] = logits[i] // equals
	}
	want := make([]int32, len(logits))
	for i := range want {
		want[i] = int32(i)
	}
	slices.SortStableFunc(want, func(a, b int32) int { return cmp.Compare(logits[b], logits[a]) })
	for _, n := range []int{0, 1, 2, 20, 499, 500, 501} {
		if got := Top(logits, n); !slices.Equal(got, want[:min(n, 500)]) {
			t.Errorf("%d: %v", n, got)
		}
	}
}
