package main

import (
	"fmt"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// generationStats are the figures of a generation. Times are in seconds, rates
// in tokens per second.
type generationStats struct {
	Model        string  `json:"model"`
	Device       string  `json:"device"`
	Load         float64 `json:"load_seconds"`
	PromptTokens int     `json:"prompt_tokens"`
	FirstToken   float64 `json:"first_token_seconds"`
	PromptRate   float64 `json:"prompt_rate"`
	Tokens       int     `json:"tokens"`
	Rate         float64 `json:"rate"`
}

func (a *app) statsOf(m *rocmforge.Model, s *rocmforge.Session) generationStats {
	f := s.Stats()
	return generationStats{
		Model: a.modelName(), Device: m.Device(), Load: a.loaded.Seconds(),
		PromptTokens: f.PromptTokens, FirstToken: f.FirstToken.Seconds(), PromptRate: f.PromptRate(),
		Tokens: f.Tokens, Rate: f.Rate(),
	}
}

// printStats shows the figures on stderr, if they were asked for.
func (a *app) printStats(g *generation, r *runResult) {
	if !g.stats || a.json {
		return
	}
	s := &r.Stats
	fmt.Fprintf(a.stderr, "rocmforge: loaded in %.2f s on %s; prompt: %d tokens, %.1f tokens/s, first token after %.2f s; generated: %d tokens, %.1f tokens/s; ended by %s; seed %d\n",
		s.Load, s.Device, s.PromptTokens, s.PromptRate, s.FirstToken, s.Tokens, s.Rate, r.Stop, r.Seed)
}

// tokenLogProb is a token's log-probability, with the most probable tokens in
// its place.
type tokenLogProb struct {
	LogProb float64   `json:"logprob"`
	Top     []topProb `json:"top"`
}

type topProb struct {
	ID      int32   `json:"id"`
	Text    string  `json:"text"`
	LogProb float64 `json:"logprob"`
}

func logProbOf(m *rocmforge.Model, t rocmforge.Token) tokenLogProb {
	p := tokenLogProb{LogProb: t.LogProb, Top: []topProb{}}
	for _, other := range t.Top {
		text := m.Tokenizer().Decode([]int32{other.ID}, tokenizer.KeepSpecial)
		p.Top = append(p.Top, topProb{other.ID, text, other.LogProb})
	}
	return p
}
