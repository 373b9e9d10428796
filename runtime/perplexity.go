package runtime

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
)

// PerplexityOptions steer Perplexity. The zero value takes all tokens in
// chunks of the session's context.
type PerplexityOptions struct {
	Chunk    int                   // tokens of a chunk; 0: the context
	Chunks   int                   // at most so many; 0: all
	Progress func(done, total int) // in chunks
}

// Perplexity is exp(mean negative log-likelihood) over Tokens predictions.
type Perplexity struct {
	PPL    float64
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
	chunk := min(cmp.Or(o.Chunk, m.context), len(ids)-1)
	chunks := (len(ids) - 1) / chunk
	if o.Chunks > 0 {
		chunks = min(chunks, o.Chunks)
	}
	s, err := m.NewSession()
	if err != nil {
		return Perplexity{}, err
	}
	defer s.Close()
	total := 0.0
	for k := range chunks {
		nll, err := s.nll(ctx, ids[k*chunk:(k+1)*chunk+1])
		if err != nil {
			return Perplexity{}, err
		}
		total += nll
		if o.Progress != nil {
			o.Progress(k+1, chunks)
		}
	}
	n := chunks * chunk
	return Perplexity{PPL: math.Exp(total / float64(n)), Tokens: n}, nil
}

// nll is the sum of negative log-likelihoods of ids[1:], from an empty cache.
func (s *Session) nll(ctx context.Context, ids []int32) (sum float64, err error) {
	s.Reset()
	if err := s.check(ids[:len(ids)-1]); err != nil {
		return 0, err
	}
	if last := ids[len(ids)-1]; last < 0 || int(last) >= s.model.config.Vocab {
		return 0, fmt.Errorf("token %d: want 0 to %d", last, s.model.config.Vocab-1)
	}
	s.ids = append(s.ids, ids[:len(ids)-1]...)
	next := ids[1:]
	err = s.passRows(ctx, 0, func(rows []float32, n int) error {
		losses := negativeLogLikelihoods(rows, next[:n])
		for _, l := range losses {
			sum += l
		}
		next = next[n:]
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			return fmt.Errorf("the model's logits are not finite")
		}
		return nil
	})
	return sum, err
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
				out[i] = nll(rows[i*vocab:(i+1)*vocab], int(targets[i]))
			}
		})
	}
	wg.Wait()
	return out
}

func nll(logits []float32, target int) float64 {
	top := logits[0]
	for _, l := range logits {
		top = max(top, l)
	}
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l - top))
	}
	return math.Log(sum) + float64(top) - float64(logits[target])
}
