package main

import (
	"cmp"
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
	stats     bool
}

// register defines the flags; tokens is the default of -n.
func (g *generation) register(f *pflag.FlagSet, tokens int) {
	g.flags = f
	o := &g.sampling
	f.IntVarP(&g.tokens, "max-tokens", "n", tokens, "generate at most this many tokens (0: until the model ends its text or the context is full)")
	f.StringArrayVar(&g.stop, "stop", nil, "end before this `text`; may be repeated")
	f.BoolVar(&g.ignoreEOS, "ignore-eos", false, "continue past the model's end of text")
	f.BoolVar(&g.stats, "stats", false, "print tokens, speed, times, device and seed on stderr")
	f.BoolVar(&g.stats, "verbose", false, "the same as --stats")
	f.MarkHidden("verbose")
	s := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.SortFlags = false
	s.Float32Var(&o.Temperature, "temperature", 0, "sampling temperature; 0 = greedy (default: the model's, else 0.7)")
	s.IntVar(&o.TopK, "top-k", 0, "keep this many of the most probable tokens; 0 = all (default: the model's, else 40)")
	s.Float32Var(&o.TopP, "top-p", 0, "nucleus sampling: keep the smallest set of tokens whose probabilities add up to this; 1 = all (default: the model's, else 0.95)")
	s.Float32Var(&o.MinP, "min-p", 0, "keep tokens whose probability is at least this fraction of the best token's; 0 = all (default: the model's, else 0.05)")
	s.Float32Var(&o.Typical, "typical", 0, "locally typical sampling with this probability mass; 1 = off (default: the model's, else off)")
	s.Float32Var(&o.RepeatPenalty, "repeat-penalty", 0, "divide the logits of repeated tokens by this; 1 = off (default: the model's, else off)")
	s.Float32Var(&o.FrequencyPenalty, "frequency-penalty", 0, "subtract this from a token's logit for each time that it was used (default: off)")
	s.Float32Var(&o.PresencePenalty, "presence-penalty", 0, "subtract this from a token's logit if it was used (default: off)")
	s.IntVar(&o.RepeatLastN, "repeat-last-n", 0, "the penalties look at this many last tokens; 0 = all (default: the model's, else 64)")
	s.StringArrayVar(&g.bias, "logit-bias", nil, "add a value to a token's logit, `ID=VALUE`; -inf forbids the token; may be repeated")
	s.Uint64Var(&o.Seed, "seed", 0, "random seed; 0 = a new one each time")
	group(s, samplingFlags)
	f.AddFlagSet(s)
}

// options are the flags as the library takes them, but for the sampling, which
// over makes when the model is open.
func (g *generation) options() (rocmforge.GenerateOptions, error) {
	o := rocmforge.GenerateOptions{MaxTokens: g.tokens, Stop: g.stop, IgnoreEOS: g.ignoreEOS}
	if g.tokens < 0 {
		return o, usagef("--max-tokens %d: want at least 0", g.tokens)
	}
	if err := g.sampling.Validate(); err != nil {
		return o, usageError{err}
	}
	if _, err := sample.NewStopper(g.stop); err != nil {
		return o, usageError{err}
	}
	var err error
	g.sampling.LogitBias, err = parseBias(g.bias)
	return o, err
}

// defaultWindow is how far penalties look back where nobody says it.
const defaultWindow = 64

// over is what a model recommends, with the flags that were given in its place.
func (g *generation) over(o rocmforge.Sampling) *rocmforge.Sampling {
	given := g.sampling
	o.LogitBias, o.Seed = given.LogitBias, given.Seed
	g.flags.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "temperature":
			o.Temperature = given.Temperature
		case "top-k":
			o.TopK = given.TopK
		case "top-p":
			o.TopP = given.TopP
		case "min-p":
			o.MinP = given.MinP
		case "typical":
			o.Typical = given.Typical
		case "repeat-penalty":
			o.RepeatPenalty = given.RepeatPenalty
		case "frequency-penalty":
			o.FrequencyPenalty = given.FrequencyPenalty
		case "presence-penalty":
			o.PresencePenalty = given.PresencePenalty
		}
	})
	if o.RepeatLastN = cmp.Or(o.RepeatLastN, defaultWindow); g.flags.Changed("repeat-last-n") {
		o.RepeatLastN = given.RepeatLastN
	}
	return &o
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
