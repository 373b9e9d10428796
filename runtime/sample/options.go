package sample

import "fmt"

// Options choose the samplers of a chain. The zero value is greedy decoding;
// each other zero switches its sampler off.
type Options struct {
	// Temperature divides the logits: below 1 sharpens the distribution, above
	// 1 flattens it. 0 takes the largest logit, the lowest id among equals.
	Temperature float32
	// TopP keeps the most probable tokens that together reach this probability
	// (0 to 1; 0 and 1 keep all).
	TopP float32
	// MinP keeps the tokens at least this times as probable as the most
	// probable one (0 to 1).
	MinP float32
	// Typical keeps the tokens whose information is closest to the entropy and
	// that together reach this probability (0 to 1; 0 and 1 keep all).
	Typical float32
	// TopK keeps so many of the most probable tokens.
	TopK int

	// RepeatPenalty divides positive logits of tokens in the window and
	// multiplies negative ones (above 0; 0 and 1 change nothing).
	RepeatPenalty float32
	// FrequencyPenalty is subtracted for each occurrence in the window.
	FrequencyPenalty float32
	// PresencePenalty is subtracted once from each token in the window.
	PresencePenalty float32
	// RepeatLastN is the penalties' window: the last so many tokens of the
	// history; 0 is all of it.
	RepeatLastN int

	// LogitBias is added to the logits of the tokens that it names; -Inf
	// forbids a token.
	LogitBias map[int32]float32

	// Seed chooses the random numbers; 0 is another one each time, which
	// Chain.Seed tells.
	Seed uint64
}

// OptionError is an option out of its range.
type OptionError struct {
	Name  string // as the field's literature spells it, e.g. "top-p"
	Value any
	Want  string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("%s %v: want %s", e.Name, e.Value, e.Want)
}

// Validate checks all that can be checked without the vocabulary. Its errors
// are *OptionError.
func (o Options) Validate() error {
	for _, f := range []struct {
		name  string
		value float32
		ok    bool
		want  string
	}{
		{"temperature", o.Temperature, o.Temperature >= 0 && finite(o.Temperature), "a finite number of at least 0"},
		{"top-p", o.TopP, fraction(o.TopP), "0 to 1"},
		{"min-p", o.MinP, fraction(o.MinP), "0 to 1"},
		{"typical", o.Typical, fraction(o.Typical), "0 to 1"},
		{"repeat penalty", o.RepeatPenalty, o.RepeatPenalty >= 0 && finite(o.RepeatPenalty), "a finite number above 0"},
		{"frequency penalty", o.FrequencyPenalty, finite(o.FrequencyPenalty), "a finite number"},
		{"presence penalty", o.PresencePenalty, finite(o.PresencePenalty), "a finite number"},
	} {
		if !f.ok {
			return &OptionError{f.name, f.value, f.want}
		}
	}
	if o.TopK < 0 {
		return &OptionError{"top-k", o.TopK, "at least 0"}
	}
	if o.RepeatLastN < 0 {
		return &OptionError{"repeat window", o.RepeatLastN, "at least 0"}
	}
	return nil
}

// penalizes says whether a penalty is on.
func (o *Options) penalizes() bool {
	return on(o.RepeatPenalty) || o.FrequencyPenalty != 0 || o.PresencePenalty != 0
}

// on says whether an option whose neutral values are 0 and 1 does anything.
func on(x float32) bool { return x != 0 && x != 1 }

func finite(x float32) bool { return x-x == 0 }

func fraction(x float32) bool { return x >= 0 && x <= 1 }
