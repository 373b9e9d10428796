package runtime

import (
	"context"
	"fmt"

	"github.com/rocmforge/rocmforge/runtime/sample"
)

// Likelihood is how likely a model finds some tokens.
type Likelihood struct {
	LogProb  float64   // natural logarithm of their probability
	Greedy   bool      // each of them is the likeliest
	LogProbs []float64 // of each of them, given those before it
}

// KeepPrefix forgets the conversation but for what it has in common with the
// beginning of ids, of which at least one is left to be fed, and gives the
// number of tokens kept: GenerateIDs(ids[n:]) answers ids then, without
// computing their beginning again. Where RoPE depends on a text's length, and
// the one or the other is beyond the original context, nothing is kept. While
// the session computes it keeps nothing, and changes nothing: what is asked
// next is ErrBusy.
func (s *Session) KeepPrefix(ids []int32) (n int) {
	if s.acquire() != nil {
		return 0
	}
	defer s.busy.Store(false)
	return s.keepPrefix(ids)
}

func (s *Session) keepPrefix(ids []int32) (n int) {
	settled := s.model.config.RoPE.Settled(max(len(ids), len(s.ids)))
	for settled && n < s.pos && n < len(ids)-1 && s.ids[n] == ids[n] {
		n++
	}
	s.stop = ""
	s.rewind(mark{n, n})
	return n
}

// LogLikelihood scores the last n of ids, given those before them. The
// conversation is ids without the last one then; what it had in common with
// them is not computed again, and the arithmetic may differ by as much as that
// of batches of other sizes.
func (s *Session) LogLikelihood(ctx context.Context, ids []int32, n int) (l Likelihood, err error) {
	if n < 1 || n >= len(ids) {
		return l, fmt.Errorf("likelihood of %d tokens of %d; want at least 1, and one before them", n, len(ids))
	}
	if err := s.acquire(); err != nil {
		return l, err
	}
	defer s.busy.Store(false)
	ctx = background(ctx)
	fed, next := ids[:len(ids)-1], ids[len(ids)-n:]
	kept := s.keepPrefix(fed[:len(fed)-n+1])
	if err := s.check(fed[kept:]); err != nil {
		return l, err
	}
	if err := s.checkVocab(ids[len(ids)-1]); err != nil {
		return l, err
	}
	s.ids = append(s.ids, fed[kept:]...)
	l.Greedy = true
	err = s.passRows(ctx, len(fed)-n, func(rows []float32, n int) error {
		vocab := len(rows) / n
		for i, id := range next[:n] {
			row := rows[i*vocab : (i+1)*vocab]
			top, sum := sample.LogSum(row)
			p := float64(row[id]) - sum
			l.LogProb += p
			l.LogProbs = append(l.LogProbs, p)
			l.Greedy = l.Greedy && top == int(id)
		}
		next = next[n:]
		return checkFinite(l.LogProb)
	})
	if err != nil {
		s.rewind(mark{kept, kept})
	}
	return l, err
}
