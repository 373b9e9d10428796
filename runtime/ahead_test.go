package runtime

import (
	"slices"
	"testing"
)

// TestGreedyAhead: tokens that the device chooses by itself are those that the
// host would, however many go at a time, up to the context's end.
func TestGreedyAhead(t *testing.T) {
	m := openGopher(t, Options{Context: 80})
	prompt := someIDs(20, 1)
	want := mustGenerate(t, newSession(t, m), prompt, GenerateOptions{IgnoreEOS: true})
	if len(want) != 61 {
		t.Fatalf("%d tokens", len(want))
	}
	s := newSession(t, m)
	mustForward(t, s, prompt, false)
	got := []int32{want[0]} // behind the prompt
	for n := 1; len(got) < len(want); n = n%5 + 1 {
		s.ids = append(s.ids, got[len(s.ids)-len(prompt):]...)
		s.pos = len(s.ids) - 1
		ids, err := s.greedy(min(n, len(want)-len(got)))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ids...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("chose\n%v, want\n%v", got, want)
	}
}
