// Package evaluate measures variants of a model side by side: how well each
// predicts a text, how far it is from the first one, what memory it takes and
// how fast it reads.
package evaluate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rocmforge/rocmforge/runtime"
)

// A Variant is a model and the way it is opened.
type Variant struct {
	Name    string
	Inspect func() error // why it could not be opened, as far as headers tell
	Open    func(context.Context) (*runtime.Model, error)
}

// Options say what to measure.
type Options struct {
	// Text gives the tokens to predict. They have to be the same for all
	// variants: perplexities of different tokens cannot be compared.
	Text func(*runtime.Model) ([]int32, error)
	// Chunk is how many tokens are fed at a time, at least 1; each variant's
	// context has to have room for them. Chunks bounds the measurement, unless
	// it is 0.
	Chunk, Chunks int
	Step          func(v Variant)       // is told what begins; may be nil
	Progress      func(done, total int) // in chunks of a variant; may be nil
}

// Result is what a variant came to.
type Result struct {
	Device      string  `json:"device"`
	Activations string  `json:"activations"`
	KVType      string  `json:"kv_type"`
	PPL         float64 `json:"ppl"`
	PPLError    float64 `json:"ppl_error"` // standard error, as in runtime.Perplexity
	Tokens      int     `json:"tokens"`
	Context     int     `json:"context"`  // tokens that the KV cache has room for
	WeightBytes int     `json:"weights"`  // as the allocator counted them,
	KVBytes     int     `json:"kv_cache"` // and these
	Rate        float64 `json:"rate"`     // tokens per second of the measurement

	Against *Difference `json:"against,omitempty"` // the first variant, which has none
}

// VariantError says which variant could not be measured.
type VariantError struct {
	Index int
	Name  string
	Err   error
}

func (e *VariantError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns what the matter is.
func (e *VariantError) Unwrap() error { return e.Err }

// Run measures each variant. An error of one is a *VariantError; none is measured
// where one of them cannot be opened as far as headers tell.
func Run(ctx context.Context, variants []Variant, o Options) (results []Result, err error) {
	if o.Chunk < 1 {
		return nil, fmt.Errorf("chunks of %d tokens", o.Chunk)
	}
	for i, v := range variants {
		if err := v.Inspect(); err != nil {
			return nil, &VariantError{i, v.Name, err}
		}
	}
	var first *reference
	for i, v := range variants {
		if o.Step != nil {
			o.Step(v)
		}
		r, err := o.measure(ctx, v, &first)
		if err != nil {
			return nil, &VariantError{i, v.Name, err}
		}
		results = append(results, r)
	}
	return results, nil
}

// measure opens a variant and closes it again. The first one becomes the
// reference of the others.
func (o *Options) measure(ctx context.Context, v Variant, first **reference) (r Result, err error) {
	m, err := v.Open(ctx)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	ids, err := o.Text(m)
	if err != nil {
		return r, err
	}
	var see observer = &comparison{first: *first}
	if *first == nil {
		*first = &reference{ids: ids, vocab: m.Config().Vocab, keep: keptLogits}
		see = *first
	} else if !slices.Equal(ids, (*first).ids) {
		return r, errors.New("its tokenizer makes other tokens of the text than the first variant's, so that their perplexities cannot be compared")
	}
	plan := m.Plan()
	r = Result{Device: m.Device(), Activations: plan.Activations, KVType: plan.KVType, Context: plan.Context, WeightBytes: m.WeightBytes()}
	if r.KVBytes, err = cacheBytes(m); err != nil {
		return r, err
	}
	start := time.Now()
	p, err := m.Perplexity(ctx, ids, runtime.PerplexityOptions{Chunk: o.Chunk, Chunks: o.Chunks, Progress: o.Progress, Rows: see.rows})
	if err != nil {
		return r, err
	}
	r.PPL, r.PPLError, r.Tokens = p.PPL, p.StdErr, p.Tokens
	r.Rate = float64(p.Tokens) / time.Since(start).Seconds()
	r.Against = see.difference()
	return r, nil
}

func cacheBytes(m *runtime.Model) (int, error) {
	s, err := m.NewSession()
	if err != nil {
		return 0, err
	}
	return s.CacheBytes(), s.Close()
}
