package runtime

import (
	"context"
	"iter"
	"slices"

	"github.com/rocmforge/rocmforge/models"
)

// Forward adds ids to the conversation and returns the logits after the last of
// them, one for each token of the vocabulary. The ids are taken as they are. An
// error leaves the conversation as it was.
func (s *Session) Forward(ctx context.Context, ids []int32) (logits []float32, err error) {
	if err := s.acquire(); err != nil {
		return nil, err
	}
	defer s.busy.Store(false)
	before, err := s.add(ids)
	if err != nil {
		return nil, err
	}
	err = s.passRows(background(ctx), len(s.ids)-1, func(rows []float32, _ int) error {
		logits = slices.Clone(rows)
		return nil
	})
	if err != nil {
		s.rewind(before)
		return nil, err
	}
	return logits, nil
}

// rowsBytes bounds the logits that ForwardRows keeps at a time.
const rowsBytes = 64 << 20

// ForwardRows adds ids to the conversation and yields the logits after each of
// them: a row for each id, valid until the next one is asked for. An error is
// yielded once, as the last item; it leaves the conversation as it was, and so
// does a loop that is left early. Other sessions may compute between rows.
func (s *Session) ForwardRows(ctx context.Context, ids []int32) iter.Seq2[[]float32, error] {
	return once(s, nil, func(yield func([]float32, error) bool) {
		defer func() { s.kept = nil }()
		before, err := s.add(ids)
		for from := before.tokens; err == nil && from < len(s.ids); {
			var rows []float32
			rows, err = s.someRows(background(ctx), from)
			for row := range slices.Chunk(rows, s.model.config.Vocab) {
				if !yield(row, nil) {
					s.rewind(before)
					return
				}
				from++
			}
		}
		if err != nil {
			s.rewind(before)
			yield(nil, err)
		}
	})
}

// someRows runs tokens that wait, as many as a pass takes and not all too much
// of logits comes from, and gives the logits after tokens first and later.
func (s *Session) someRows(ctx context.Context, first int) (rows []float32, err error) {
	vocab := s.model.config.Vocab
	for len(rows) == 0 {
		most := min(max(rowsBytes/4/vocab, 1), models.BatchTokens(s.model.dev.Caps()))
		n := min(len(s.ids)-s.pos, most)
		rows = slices.Grow(s.kept[:0], n*vocab)
		err := s.batch(ctx, n, max(first-s.pos, 0), func(some []float32, _ int) error {
			rows = append(rows, some...)
			return nil
		})
		if err != nil {
			return nil, err
		}
		s.kept = rows
		s.pos += n
	}
	return rows, nil
}

// add puts ids behind the conversation, where they wait.
func (s *Session) add(ids []int32) (before mark, err error) {
	before = s.mark()
	if err := s.check(ids); err != nil {
		return before, err
	}
	s.ids = append(s.ids, ids...)
	return before, nil
}
