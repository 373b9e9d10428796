// Package sample turns logits into a token: a seeded chain of the samplers that
// the field knows, each in its own file. It knows numbers only: no text beyond
// stop strings, no model and no device.
//
// The order is fixed, so that a set of options means one distribution:
//
//  1. logit bias                                            bias.go
//  2. repetition, frequency and presence penalties          penalties.go
//  3. temperature 0: the largest logit, and nothing below   greedy.go
//  4. top-k                                                 topk.go
//  5. locally typical                                       typical.go
//  6. top-p                                                 topp.go
//  7. min-p                                                 minp.go
//  8. temperature                                           temperature.go
//  9. one draw                                              draw.go
//
// The truncations (4 to 7) see the model's own distribution and the
// temperature comes after them: a high temperature then spreads what they
// chose and never brings back what they cut. Each looks at the distribution
// that the one before it left, renormalised, and keeps at least one token.
//
// Equal options, logits and histories give equal tokens on every platform: the
// random numbers are math/rand/v2's PCG, the exponential is the package's own,
// and no product is fused with a sum.
package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Chain draws the tokens of one generation. It carries the state of the random
// numbers and scratch space of 20 bytes for each token of the vocabulary, so
// that Sample allocates nothing. It must not be used by two goroutines at once.
type Chain struct {
	options    Options
	bias       []bias
	rng        *rand.Rand
	logits     []float32   // the caller's, with bias and penalties
	candidates []candidate // what the truncations have left
	counts     []int32     // occurrences in the window; all zero between calls
}

// candidate is a token that may still be drawn. Its weight is its probability
// times a factor that all candidates share.
type candidate struct {
	id     int32
	logit  float32
	weight float64
}

// NonFiniteError says that a logit is NaN or infinite, and no token would mean
// anything: the weights or the arithmetic that made it are broken, or keys and
// values exceed what the KV cache's type holds, 65504 in float16.
type NonFiniteError struct {
	Token int32
	Logit float32
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("logit of token %d is %v: the model's numbers are broken, or its keys and values too large for the KV cache: try one of f32", e.Token, e.Logit)
}

// New makes a chain for a vocabulary of vocab tokens. An option out of its
// range is an *OptionError.
func New(o Options, vocab int) (*Chain, error) {
	if vocab < 1 || vocab > math.MaxInt32 {
		return nil, fmt.Errorf("sample: a vocabulary of %d tokens; want 1 to %d", vocab, math.MaxInt32)
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	biases, err := sortBias(o.LogitBias, vocab)
	if err != nil {
		return nil, err
	}
	for o.Seed == 0 {
		o.Seed = uint64(rand.Uint32()) // short enough to type, and exact in any JSON reader
	}
	c := &Chain{
		options: o,
		bias:    biases,
		rng:     rand.New(rand.NewPCG(o.Seed, pcgStream)),
		logits:  make([]float32, vocab),
	}
	if o.Temperature > 0 {
		c.candidates = make([]candidate, vocab)
	}
	if o.penalizes() {
		c.counts = make([]int32, vocab)
	}
	return c, nil
}

// Seed is the seed of the random numbers: Options.Seed, or what was chosen for 0.
func (c *Chain) Seed() uint64 { return c.options.Seed }

// Greedy tells whether Sample takes the largest of the model's own logits.
func (c *Chain) Greedy() bool {
	return c.options.Temperature == 0 && len(c.bias) == 0 && c.counts == nil
}

// Sample returns the next token. logits has one finite value per token of the
// vocabulary and is left as it is; history is what the penalties look at,
// oldest first. A logit that is not finite gives a *NonFiniteError.
func (c *Chain) Sample(logits []float32, history []int32) (int32, error) {
	if err := CheckFinite(logits); err != nil {
		return 0, err
	}
	return c.SampleMasked(logits, history)
}

// SampleMasked is Sample for logits that were finite and of which some were made
// -Inf: the tokens that must not be drawn. One token at least has to be left.
func (c *Chain) SampleMasked(logits []float32, history []int32) (int32, error) {
	if len(logits) != len(c.logits) {
		return 0, fmt.Errorf("sample: %d logits for a vocabulary of %d", len(logits), len(c.logits))
	}
	copy(c.logits, logits)
	addBias(c.logits, c.bias)
	if c.counts != nil {
		if err := c.penalize(history); err != nil {
			return 0, err
		}
	}
	best := greedy(c.logits)
	// Only a mask, bias or penalty can have made an infinity by now: that of a
	// forbidden token, or by overflow.
	if max := c.logits[best]; !finite(max) {
		return 0, fmt.Errorf("sample: masks, logit bias and penalties leave %v as the largest logit", max)
	}
	if c.options.Temperature == 0 {
		return best, nil
	}
	return c.draw(c.logits[best]), nil
}

// draw goes from the truncations to the token. max is the largest logit.
func (c *Chain) draw(max float32) int32 {
	o := &c.options
	left := gather(c.candidates, c.logits)
	if o.TopK > 0 {
		left = topK(left, o.TopK)
	}
	if on(o.Typical) || on(o.TopP) || o.MinP > 0 {
		weigh(left, max, 1)
	}
	if on(o.Typical) {
		left = typical(left, float64(o.Typical))
	}
	if on(o.TopP) {
		left = topP(left, float64(o.TopP))
	}
	if o.MinP > 0 {
		left = minP(left, float64(o.MinP))
	}
	// typical may have dropped the most probable token
	weigh(left, largest(left), o.Temperature)
	return draw(left, c.rng.Float64())
}

// CheckFinite finds the first NaN or infinity, which is a *NonFiniteError.
func CheckFinite(logits []float32) error {
	const exponent = 0x7f800000 // all ones: an infinity or NaN
	for i, l := range logits {
		if math.Float32bits(l)&exponent == exponent {
			return &NonFiniteError{Token: int32(i), Logit: l}
		}
	}
	return nil
}

// gather makes candidates of all logits but those of forbidden tokens.
func gather(dst []candidate, logits []float32) []candidate {
	n := 0
	for id, l := range logits {
		if l > forbidden {
			dst[n] = candidate{id: int32(id), logit: l}
			n++
		}
	}
	return dst[:n]
}

// largest is the largest logit of the candidates.
func largest(c []candidate) float32 {
	max := c[0].logit
	for _, x := range c[1:] {
		if x.logit > max {
			max = x.logit
		}
	}
	return max
}
