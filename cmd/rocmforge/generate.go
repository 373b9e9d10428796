package main

import (
	"context"
	"errors"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// encodePrompt makes the ids of a prompt; first says that it begins the
// session's text.
func encodePrompt(m *rocmforge.Model, prompt string, first bool) ([]int32, error) {
	t := m.Tokenizer()
	if t == nil {
		return nil, errors.New("the model has no tokenizer; only logits and perplexity --tokens-file work")
	}
	return t.Encode(prompt, tokenizer.Options{BOS: first, Open: true, Special: true})
}

// generate continues ids and gives each token to show as it comes. When a
// signal ends it, the error is that signal's and the result is what there is.
func (a *app) generate(ctx context.Context, m *rocmforge.Model, s *rocmforge.Session, ids []int32, o rocmforge.GenerateOptions, show func(rocmforge.Token) error) (runResult, error) {
	r := runResult{PromptIDs: ids, IDs: []int32{}}
	var text strings.Builder
	var failed error
	if !a.json {
		o.Progress = a.progressCount("reading the prompt")
	}
	for token, err := range s.GenerateIDs(ctx, ids, o) {
		if err != nil {
			failed = err
			break
		}
		if token.ID >= 0 {
			r.IDs = append(r.IDs, token.ID)
			if o.LogProbs {
				r.LogProbs = append(r.LogProbs, logProbOf(m, token))
			}
		}
		text.WriteString(token.Text)
		if failed = show(token); failed != nil {
			break
		}
	}
	r.Text, r.Stop, r.Seed = text.String(), string(s.StopReason()), s.Seed()
	r.Stats = a.statsOf(m, s)
	if failed != nil && ctx.Err() != nil {
		failed = context.Cause(ctx)
	}
	return r, failed
}
