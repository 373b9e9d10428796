// Package score gives log-likelihoods of texts, and greedy continuations, as
// evaluations of language models ask for them. How texts become tokens follows
// lm-evaluation-harness, so that its tasks give the figures that they give with
// other engines.
package score

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// Scorer scores texts with one session, which keeps what the next text has in
// common with the last one: choices for one question cost their own tokens only.
// It belongs to one goroutine at a time.
type Scorer struct {
	model      *runtime.Model
	session    *runtime.Session
	prefix     int32 // stands before a text that has nothing before it
	prefixText string
}

// Score is how likely a text is.
type Score struct {
	runtime.Likelihood
	Tokens int // that were scored
}

// New makes a scorer for a model, which stays the caller's.
func New(m *runtime.Model) (*Scorer, error) {
	t := m.Tokenizer()
	if t == nil {
		return nil, &runtime.ModelError{Err: errors.New("the model has no tokenizer, and texts cannot be scored without")}
	}
	prefix, ok := t.BOS()
	if !ok {
		if prefix, ok = t.EOS(); !ok {
			return nil, &runtime.ModelError{Err: errors.New("the tokenizer names neither BOS nor EOS, one of which has to stand before a text")}
		}
	}
	s, err := m.NewSession()
	if err != nil {
		return nil, err
	}
	text, _ := t.Token(prefix)
	return &Scorer{m, s, prefix, text}, nil
}

// Close ends the session.
func (s *Scorer) Close() error { return s.session.Close() }

// Pair scores a continuation after the text before it.
func (s *Scorer) Pair(ctx context.Context, before, continuation string) (Score, error) {
	given, ids, err := s.encodePair(before, continuation)
	if err != nil {
		return Score{}, err
	}
	if len(ids) == 0 {
		return Score{}, errors.New("the continuation adds no token to its context")
	}
	if len(ids) > s.model.Context() {
		return Score{}, &runtime.ContextError{Tokens: len(ids), Limit: s.model.Context(), Longest: s.model.LongestContext()}
	}
	all := append(given, ids...)
	all = all[max(0, len(all)-s.model.Context()-1):] // the last token is predicted, and not fed
	l, err := s.session.LogLikelihood(ctx, all, len(ids))
	return Score{l, len(ids)}, err
}

// Rolling scores a whole text. Where it is longer than the context it is taken
// in windows that predict each token once, with as much before it as a window
// has room for; the first one begins after BOS (or EOS).
func (s *Scorer) Rolling(ctx context.Context, text string) (sum Score, err error) {
	ids, err := s.encode(text, true)
	if err != nil {
		return Score{}, err
	}
	sum.Greedy = true
	all := append([]int32{s.prefix}, ids...)
	for done, size := 0, s.model.Context(); done < len(ids); {
		n := min(size, len(ids)-done)
		done += n
		l, err := s.session.LogLikelihood(ctx, all[max(0, done-size):done+1], n)
		if err != nil {
			return Score{}, err
		}
		sum.LogProb += l.LogProb
		sum.LogProbs = append(sum.LogProbs, l.LogProbs...)
		sum.Greedy = sum.Greedy && l.Greedy
		sum.Tokens += n
	}
	return sum, nil
}

// Generate continues a text greedily up to a stop string, which is left out, or
// the end that the model gives it, and with at most tokens. Of a text that
// leaves no room for them, the end is taken.
func (s *Scorer) Generate(ctx context.Context, before string, stop []string, tokens int) (text string, why runtime.StopReason, err error) {
	if tokens < 1 || tokens >= s.model.Context() {
		return "", "", fmt.Errorf("%d tokens; want 1 to %d, so that the context has room for a text before them", tokens, s.model.Context()-1)
	}
	ids, err := s.encode(before, true)
	if err != nil {
		return "", "", err
	}
	if len(ids) == 0 {
		ids = []int32{s.prefix}
	}
	ids = ids[max(0, len(ids)-(s.model.Context()-tokens)):]
	kept := s.session.KeepPrefix(ids)
	var b strings.Builder
	for t, err := range s.session.GenerateIDs(ctx, ids[kept:], runtime.GenerateOptions{MaxTokens: tokens, Stop: stop, Sampling: &runtime.Sampling{}}) {
		if err != nil {
			return "", "", err
		}
		b.WriteString(t.Text)
	}
	return b.String(), s.session.StopReason(), nil
}

// encodePair follows TemplateLM.loglikelihood and _encode_pair of
// lm-evaluation-harness: white space at the end of the context belongs to the
// continuation; the tokens of the continuation are those of both texts together
// without the first ones, as many as the context alone has. Without a context
// BOS stands there, or else EOS.
func (s *Scorer) encodePair(before, continuation string) (given, ids []int32, err error) {
	if before == "" {
		if ids, err = s.encode(continuation, false); err != nil || len(ids) == 0 {
			return nil, nil, err
		}
		if ids[0] == s.prefix {
			return ids[:1:1], ids[1:], nil
		}
		return []int32{s.prefix}, ids, nil
	}
	trimmed := strings.TrimRightFunc(before, isSpace)
	whole, err := s.encode(before+continuation, true)
	if err != nil {
		return nil, nil, err
	}
	if given, err = s.encode(trimmed, true); err != nil {
		return nil, nil, err
	}
	if len(given) == 0 { // white space only, and nothing that the tokenizer puts before it
		given = []int32{s.prefix}
		return given, whole, nil
	}
	return given, whole[min(len(given), len(whole)):], nil
}

// isSpace is str.isspace of Python.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// encode adds what the model's files put before a text if special is set, unless
// the text begins with it. What they put behind would end a text that goes on.
func (s *Scorer) encode(text string, special bool) ([]int32, error) {
	special = special && !strings.HasPrefix(text, s.prefixText)
	return s.model.Tokenizer().Encode(text, tokenizer.Options{BOS: special, Open: true, Special: true})
}
