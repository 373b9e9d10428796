package verify

import (
	"context"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// walk feeds a model the prompt, and then n-1 times the token that next gives
// for the logits behind the last one.
func walk(ctx context.Context, m *runtime.Model, prompt []int32, n int, next func(i int, logits []float32) int32) error {
	s, err := m.NewSession()
	if err != nil {
		return err
	}
	defer s.Close()
	ids := prompt
	for i := range n {
		row, err := s.Forward(ctx, ids)
		if err != nil {
			return err
		}
		ids = []int32{next(i, row)}
	}
	return nil
}

// textPrompt is what the built-in model knows how to go on from.
func textPrompt(m *runtime.Model) []int32 {
	if m.Tokenizer() != nil {
		if ids, err := m.Tokenizer().Encode("func (s *Stack) Push(", tokenizer.Options{BOS: true}); err == nil {
			return ids
		}
	}
	return mixedPrompt(m, 8)
}

// mixedPrompt is n tokens without sense.
func mixedPrompt(m *runtime.Model, n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32((i*i*31 + i*7 + 101) % m.Config().Vocab)
	}
	return ids
}

// choose gives the largest logit's token, and how far ahead of the second it
// is.
func choose(logits []float32) (id int32, margin float64) {
	second := -1
	for i, v := range logits[1:] {
		switch i++; {
		case v > logits[id]:
			second, id = int(id), int32(i)
		case second < 0 || v > logits[second]:
			second = i
		}
	}
	if second < 0 {
		return id, 0
	}
	return id, float64(logits[id]) - float64(logits[second])
}
