package runtime

import (
	"context"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/device"
)

// farDevice is a CPU that is treated as a GPU once a model is there.
type farDevice struct{ device.Device }

func (d farDevice) Caps() device.Caps {
	c := d.Device.Caps()
	c.Host = false
	return c
}

// openFar opens the built-in model on the CPU, and has it choose ahead.
func openFar(t *testing.T, o Options) *Model {
	m := openGopher(t, o)
	m.dev = farDevice{m.dev}
	return m
}

// TestAhead: conversations are the same whether tokens are chosen ahead or not,
// wherever they end.
func TestAhead(t *testing.T) {
	near, far := newSession(t, openGopher(t, Options{Context: 200})), newSession(t, openFar(t, Options{Context: 200}))
	warm := &Sampling{Temperature: 1, Seed: 3}
	for i, o := range []GenerateOptions{
		{MaxTokens: 1}, {MaxTokens: 33}, {MaxTokens: 5, Sampling: warm}, {MaxTokens: 40, Stop: []string{"\n"}}, {MaxTokens: 7}, {},
	} {
		o.IgnoreEOS = true
		if o.Sampling == nil {
			o.Sampling = greedy
		}
		want, text, err := generateIDs(t.Context(), near, someIDs(6, i), o)
		got, gotText, gotErr := generateIDs(t.Context(), far, someIDs(6, i), o)
		if err != nil || gotErr != nil || !slices.Equal(got, want) || gotText != text || far.StopReason() != near.StopReason() {
			t.Errorf("%d: %v %q (%s, %v), want %v %q (%s, %v)", i, got, gotText, far.StopReason(), gotErr, want, text, near.StopReason(), err)
		}
		if far.pos != near.pos || !slices.Equal(far.ids, near.ids) {
			t.Fatalf("%d: %d of %v in the cache, want %d of %v", i, far.pos, far.ids, near.pos, near.ids)
		}
	}
}

// TestAheadIsCancelled before the next token that is there already.
func TestAheadIsCancelled(t *testing.T) {
	s := newSession(t, openFar(t, Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for token, err := range s.GenerateIDs(ctx, someIDs(5, 1), GenerateOptions{MaxTokens: 200, IgnoreEOS: true, Sampling: greedy}) {
		if err != nil {
			break
		}
		if token.ID >= 0 {
			n++
		}
		if n == 24 {
			cancel()
		}
	}
	if n != 24 || s.StopReason() != StopCancelled || s.Len() != 5+24 {
		t.Errorf("%d tokens, %d in the conversation, stop %q", n, s.Len(), s.StopReason())
	}
}

// TestGreedyAhead: tokens that the device chooses by itself are those that the
// host would, however many go at a time, up to the context's end.
func TestGreedyAhead(t *testing.T) {
	m := openGopher(t, Options{Context: 80})
	prompt := someIDs(20, 1)
	want := mustGenerate(t, newSession(t, m), prompt, GenerateOptions{IgnoreEOS: true, Sampling: greedy})
	if len(want) != 61 {
		t.Fatalf("%d tokens", len(want))
	}
	s := newSession(t, m)
	mustForward(t, s, prompt, false)
	got := []int32{want[0]} // behind the prompt
	for n := 1; len(got) < len(want); n = n%5 + 1 {
		s.ids = append(s.ids, got[len(s.ids)-len(prompt):]...)
		s.pos = len(s.ids) - 1
		ids, err := s.greedy(t.Context(), min(n, len(want)-len(got)))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ids...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("chose\n%v, want\n%v", got, want)
	}
}
