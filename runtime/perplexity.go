package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/rocmforge/rocmforge/internal/stats"
	"github.com/rocmforge/rocmforge/runtime/sample"
)

// PerplexityOptions steer Perplexity. The zero value takes all tokens in
// chunks of the session's context.
type PerplexityOptions struct {
	Chunk    int                   // tokens of a chunk; 0: the context
	Chunks   int                   // at most so many; 0: all
	Progress func(done, total int) // in chunks
	// Rows sees what the predictions came from, in their order: logits [n, V],
	// and the negative log-likelihoods [n] of the tokens that followed. Both
	// are valid until it returns, and the model computes nothing else until then;
	// its error ends the measurement.
	Rows func(logits []float32, losses []float64) error
}

// Perplexity is exp(mean negative log-likelihood) over Tokens predictions.
// StdErr is its standard error, to first order, with predictions taken for
// independent: PPL * deviation / sqrt(Tokens).
type Perplexity struct {
	PPL    float64
	StdErr float64
	Tokens int
}

// Perplexity measures how well the model predicts ids. Chunks do not overlap
// and each starts from an empty cache; chunk k feeds tokens [ck, ck+c) and
// predicts tokens [ck+1, ck+c], every position counted. What does not fill a
// chunk is left out, unless there is only that.
func (m *Model) Perplexity(ctx context.Context, ids []int32, o PerplexityOptions) (Perplexity, error) {
	if o.Chunk < 0 || o.Chunks < 0 {
		return Perplexity{}, fmt.Errorf("perplexity of %d chunks of %d tokens", o.Chunks, o.Chunk)
	}
	if len(ids) < 2 {
		return Perplexity{}, fmt.Errorf("perplexity of %d tokens; at least 2 are needed", len(ids))
	}
	ctx = background(ctx)
	s, err := m.NewSession()
	if err != nil {
		return Perplexity{}, err
	}
	defer s.Close()
	chunk := min(cmp.Or(o.Chunk, m.context), len(ids)-1)
	chunks := (len(ids) - 1) / chunk
	if o.Chunks > 0 {
		chunks = min(chunks, o.Chunks)
	}
	var all stats.Sample
	for k := range chunks {
		if err := s.losses(ctx, ids[k*chunk:(k+1)*chunk+1], adding(&all, o.Rows)); err != nil {
			return Perplexity{}, err
		}
		if o.Progress != nil {
			o.Progress(k+1, chunks)
		}
	}
	mean, sigma := all.Mean()
	ppl := math.Exp(mean)
	return Perplexity{PPL: ppl, StdErr: ppl * sigma, Tokens: all.N}, nil
}

// adding adds losses to all, and shows them to also.
func adding(all *stats.Sample, also func([]float32, []float64) error) func([]float32, []float64) error {
	return func(rows []float32, losses []float64) error {
		for _, l := range losses {
			all.Add(l)
		}
		if err := checkFinite(all.Sum); err != nil || also == nil {
			return err
		}
		return also(rows, losses)
	}
}

func checkFinite(sum float64) error {
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return errors.New("the model's logits are not finite: its numbers are broken, or its keys and values too large for the KV cache: try one of f32")
	}
	return nil
}

// losses yields the logits behind ids[:n-1] and the negative log-likelihoods of
// ids[1:], from an empty cache.
func (s *Session) losses(ctx context.Context, ids []int32, yield func([]float32, []float64) error) error {
	s.reset()
	if err := s.check(ids[:len(ids)-1]); err != nil {
		return err
	}
	if err := s.checkVocab(ids[len(ids)-1]); err != nil {
		return err
	}
	s.ids = append(s.ids, ids[:len(ids)-1]...)
	next := ids[1:]
	return s.passRows(ctx, 0, func(rows []float32, n int) error {
		losses := negativeLogLikelihoods(rows, next[:n])
		next = next[n:]
		return yield(rows, losses)
	})
}

// negativeLogLikelihoods computes logsumexp(row) - row[target] for each row, in
// float64.
func negativeLogLikelihoods(rows []float32, targets []int32) []float64 {
	vocab := len(rows) / len(targets)
	out := make([]float64, len(targets))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(targets))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(targets); i += workers {
				row := rows[i*vocab : (i+1)*vocab]
				_, sum := sample.LogSum(row)
				out[i] = sum - float64(row[targets[i]])
			}
		})
	}
	wg.Wait()
	return out
}
