package runtime

import (
	"math"
	"testing"

	"github.com/rocmforge/rocmforge/runtime/sample"
)

// TestLogLikelihood compares with the logits of Forward, for texts that have
// more, less and nothing in common with the one before.
func TestLogLikelihood(t *testing.T) {
	m := openGopher(t, Options{Exact: true})
	s := newSession(t, m)
	base := someIDs(40, 1)
	for _, c := range []struct {
		name string
		ids  []int32
		n    int
	}{
		{"new", base, 5}, {"again", base, 5}, {"fewer", base[:20], 1}, {"more", base, 39}, {"another end", append(base[:30:30], 7, 8, 9), 3}, {"other", someIDs(10, 2), 9},
	} {
		got, err := s.LogLikelihood(t.Context(), c.ids, c.n)
		if err != nil {
			t.Fatal(err)
		}
		want, greedy := 0.0, true
		rows := forwardAll(t, m, c.ids[:len(c.ids)-1])
		for i := len(c.ids) - c.n; i < len(c.ids); i++ {
			top, sum := sample.LogSum(rows[i-1])
			want += float64(rows[i-1][c.ids[i]]) - sum
			greedy = greedy && top == int(c.ids[i])
		}
		if math.Abs(got.LogProb-want) > 1e-3 || got.Greedy != greedy || s.Len() != len(c.ids)-1 {
			t.Errorf("%s: %+v with %d tokens; want %v, %v", c.name, got, s.Len(), want, greedy)
		}
	}
}

// TestLogLikelihoodGreedy scores what the model itself says.
func TestLogLikelihoodGreedy(t *testing.T) {
	m := openGopher(t, Options{Exact: true})
	s := newSession(t, m)
	ids := someIDs(10, 3)
	for range 3 {
		rows := forwardAll(t, m, ids)
		ids = append(ids, best(rows[len(rows)-1]))
	}
	if l, err := s.LogLikelihood(t.Context(), ids, 3); err != nil || !l.Greedy || l.LogProb > -1e-6 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestLogLikelihoodRefuses(t *testing.T) {
	m := openGopher(t, Options{Context: 16})
	s := newSession(t, m)
	if _, err := s.LogLikelihood(t.Context(), someIDs(17, 1), 1); err != nil {
		t.Error(err) // 16 are fed
	}
	for _, c := range []struct {
		ids []int32
		n   int
	}{{nil, 0}, {someIDs(4, 1), 0}, {someIDs(4, 1), 4}, {someIDs(18, 1), 1}, {[]int32{1, 1 << 20}, 1}, {[]int32{1 << 20, 1}, 1}, {[]int32{-1, 1}, 1}} {
		if l, err := s.LogLikelihood(t.Context(), c.ids, c.n); err == nil {
			t.Errorf("%d of %d: %+v", c.n, len(c.ids), l)
		}
	}
}

// TestKeepPrefix leaves at least one token to be fed.
func TestKeepPrefix(t *testing.T) {
	m := openGopher(t, Options{Context: 64})
	s := newSession(t, m)
	ids := someIDs(10, 1)
	mustForward(t, s, ids, false)
	for _, c := range []struct {
		ids  []int32
		want int
	}{{ids, 9}, {append(ids[:5:5], 1), 5}, {someIDs(3, 5), 0}, {ids, 0}, {nil, 0}} {
		if n := s.KeepPrefix(c.ids); n != c.want || s.Len() != n {
			t.Errorf("%d kept, %d tokens; want %d", n, s.Len(), c.want)
		}
	}
}
