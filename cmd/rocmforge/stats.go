package main

import (
	"fmt"
	"time"

	"github.com/rocmforge/rocmforge"
)

// generationStats are the figures of a generation. Times are in seconds.
type generationStats struct {
	Model        string  `json:"model"`
	Device       string  `json:"device"`
	Load         float64 `json:"load_seconds"`
	PromptTokens int     `json:"prompt_tokens"`
	FirstToken   float64 `json:"first_token_seconds"` // from the prompt's first pass on
	Tokens       int     `json:"tokens"`
	Rate         float64 `json:"rate"` // tokens per second after the first one; 0: there were not two
}

// stopwatch times a generation.
type stopwatch struct {
	begun, first, last time.Time
	tokens             int
}

func startWatch() *stopwatch { return &stopwatch{begun: time.Now()} }

// token notes that one came.
func (w *stopwatch) token() {
	w.last = time.Now()
	if w.tokens++; w.tokens == 1 {
		w.first = w.last
	}
}

// stats are the figures, without the model's.
func (w *stopwatch) stats(prompt int) (s generationStats) {
	s.PromptTokens, s.Tokens = prompt, w.tokens
	if w.tokens > 0 {
		s.FirstToken = w.first.Sub(w.begun).Seconds()
	}
	if took := w.last.Sub(w.first).Seconds(); w.tokens > 1 && took > 0 {
		s.Rate = float64(w.tokens-1) / took
	}
	return s
}

// addModel adds the figures of the model.
func (a *app) addModel(s *generationStats, m *rocmforge.Model) {
	s.Model, s.Device, s.Load = a.modelName(), m.Device(), a.loaded.Seconds()
}

// printStats shows the figures on stderr, if they were asked for.
func (a *app) printStats(g *generation, r *runResult) {
	if !g.stats || a.json {
		return
	}
	s := &r.Stats
	a.progressLine.end()
	fmt.Fprintf(a.stderr, "rocmforge: loaded in %.2f s; %d prompt tokens, first token after %.2f s; %d tokens", s.Load, s.PromptTokens, s.FirstToken, s.Tokens)
	if s.Rate > 0 {
		fmt.Fprintf(a.stderr, ", %.1f tokens/s", s.Rate)
	}
	fmt.Fprintf(a.stderr, "; ended: %s; on %s; seed %d\n", r.Stop, s.Device, r.Seed)
}
