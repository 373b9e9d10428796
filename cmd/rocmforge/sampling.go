package main

import (
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/runtime/sample"
	"github.com/spf13/pflag"
)

// generation has the flags of the commands that generate text.
type generation struct {
	flags     *pflag.FlagSet
	sampling  sample.Options
	bias      []string
	stop      []string
	tokens    int
	ignoreEOS bool
}

// register defines the flags; tokens is the default of -n.
func (g *generation) register(f *pflag.FlagSet, tokens int) {
	g.flags = f
	o := &g.sampling
	f.IntVarP(&g.tokens, "max-tokens", "n", tokens, "generate at most so many tokens (0: until the text or the context ends)")
	f.Float32Var(&o.Temperature, "temperature", 0.7, "spread of the choice (0: always the most probable token)")
	f.IntVar(&o.TopK, "top-k", 0, "choose among so many of the most probable tokens (0: all)")
	f.Float32Var(&o.TopP, "top-p", 0, "choose among the most probable tokens that together reach this (0 or 1: all)")
	f.Float32Var(&o.MinP, "min-p", 0, "choose among tokens at least this times as probable as the first (0: all)")
	f.Float32Var(&o.Typical, "typical", 0, "locally typical sampling with this mass (0 or 1: off)")
	f.Float32Var(&o.RepeatPenalty, "repeat-penalty", 1, "divide the logits of tokens that came before (1: off)")
	f.Float32Var(&o.FrequencyPenalty, "frequency-penalty", 0, "subtract this for each time that a token came before")
	f.Float32Var(&o.PresencePenalty, "presence-penalty", 0, "subtract this once if a token came before")
	f.IntVar(&o.RepeatLastN, "repeat-last-n", 64, "tokens that the penalties look back (0: all)")
	f.StringArrayVar(&g.bias, "logit-bias", nil, "ID=VALUE: add VALUE to a token's logit (-inf forbids it); may be repeated")
	f.StringArrayVar(&g.stop, "stop", nil, "end before this text; may be repeated")
	f.Uint64Var(&o.Seed, "seed", 0, "seed of the choice (default: a new one each time)")
	f.BoolVar(&g.ignoreEOS, "ignore-eos", false, "go on behind the model's end of text")
}

// options are the flags as the library takes them.
func (g *generation) options() (rocmforge.GenerateOptions, error) {
	o := rocmforge.GenerateOptions{MaxTokens: g.tokens, Sampling: &g.sampling, Stop: g.stop, IgnoreEOS: g.ignoreEOS}
	if g.tokens < 0 {
		return o, usagef("--max-tokens %d: want at least 0", g.tokens)
	}
	if err := g.sampling.Validate(); err != nil {
		return o, usageError{err}
	}
	if _, err := sample.NewStopper(g.stop); err != nil {
		return o, usageError{err}
	}
	bias, err := parseBias(g.bias)
	if err != nil {
		return o, err
	}
	o.Sampling.LogitBias = bias
	return o, nil
}

// parseBias reads ID=VALUE pairs.
func parseBias(pairs []string) (map[int32]float32, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	m := map[int32]float32{}
	for _, p := range pairs {
		id, value, ok := strings.Cut(p, "=")
		n, err1 := strconv.ParseUint(id, 10, 31)
		v, err2 := strconv.ParseFloat(value, 32)
		if !ok || err1 != nil || err2 != nil {
			return nil, usagef("--logit-bias %q: want ID=VALUE, such as 13=-1.5", p)
		}
		if _, twice := m[int32(n)]; twice {
			return nil, usagef("--logit-bias names token %d twice", n)
		}
		m[int32(n)] = float32(v)
	}
	return m, nil
}
