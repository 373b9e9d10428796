package runtime

import "time"

// Stats are the figures of a generation. Times are those of computing: what the
// caller does between tokens is not in them.
type Stats struct {
	// PromptTokens were run before the first token was there: those of the
	// prompt, and one that an earlier generation left.
	PromptTokens int
	// Tokens were generated.
	Tokens int
	// FirstToken is the time until the first token.
	FirstToken time.Duration
	// Decode is the time from the first token to the end.
	Decode time.Duration

	passes int // of decoding
}

// PromptRate is tokens of the prompt per second, or 0 before the first token.
func (s Stats) PromptRate() float64 { return rate(s.PromptTokens, s.FirstToken) }

// Rate is tokens per second after the first, or 0 where there is none.
func (s Stats) Rate() float64 { return rate(s.passes, s.Decode) }

func rate(n int, took time.Duration) float64 {
	if took <= 0 {
		return 0
	}
	return float64(n) / took.Seconds()
}

// Stats are the figures of the last generation, or of the one under way.
func (s *Session) Stats() Stats { return s.stats }

// timed counts what it took to choose a token, or the end of the text.
func (s *Stats) timed(took time.Duration) {
	if s.FirstToken == 0 {
		s.FirstToken = took
		return
	}
	s.Decode += took
	s.passes++
}
