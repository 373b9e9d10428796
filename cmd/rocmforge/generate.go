package main

import (
	"context"
	"errors"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/runtime"
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
	watch := startWatch()
	rest, failed := a.prefill(ctx, m, s, ids)
	r.Stop = string(runtime.StopCancelled)
	if failed == nil {
		for token, err := range s.GenerateIDs(ctx, rest, o) {
			if err != nil {
				failed = err
				break
			}
			if token.ID >= 0 {
				r.IDs = append(r.IDs, token.ID)
				watch.token()
			}
			text.WriteString(token.Text)
			if failed = show(token); failed != nil {
				break
			}
		}
		r.Stop = string(s.StopReason())
	}
	r.Text, r.Seed = text.String(), s.Seed()
	r.Stats = watch.stats(len(ids))
	a.addModel(&r.Stats, m)
	if failed != nil && ctx.Err() != nil {
		failed = context.Cause(ctx)
	}
	return r, failed
}

// prefill runs the first batches of a long prompt where somebody may watch a bar,
// and gives the ids that are left. The batches are the library's own, so that
// nothing computes otherwise.
func (a *app) prefill(ctx context.Context, m *rocmforge.Model, s *rocmforge.Session, ids []int32) (rest []int32, err error) {
	progress := a.progressCount("reading the prompt")
	batch := m.BatchTokens()
	if progress == nil || a.json || s.Len()+len(ids) > m.Context() {
		return ids, nil
	}
	for rest = ids; len(rest) > batch; rest = rest[batch:] {
		progress(len(ids)-len(rest), len(ids))
		if _, err := s.Forward(ctx, rest[:batch], false); err != nil {
			return nil, err
		}
	}
	progress(len(ids), len(ids))
	return rest, nil
}
