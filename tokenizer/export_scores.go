package tokenizer

import (
	"fmt"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// scores ranks tokens by the merge that makes them, as SentencePiece's scores
// do: the earlier, the higher.
func (t *Tokenizer) scores(merges [][2]string, vocab int) []float32 {
	scores := make([]float32, vocab)
	for rank, m := range merges {
		if id, ok := t.model.vocab[m[0]+m[1]]; ok && scores[id] == 0 {
			scores[id] = -float32(rank + 1)
		}
	}
	for id := range scores {
		if text, kind := t.Token(int32(id)); kind == Normal && scores[id] == 0 && len([]rune(text)) == 1 {
			scores[id] = -float32(len(merges) + 1 + id)
		}
	}
	return scores
}

// checkScores makes sure that scores say what the merges do. By scores any two
// tokens merge that spell a third, and all merges that make one token have one
// rank.
func (t *Tokenizer) checkScores(merges [][2]string) error {
	listed := make(map[[2]string]bool, len(merges))
	made := map[string]bool{}
	last := ""
	for _, m := range merges {
		text := m[0] + m[1]
		if text != last && made[text] {
			return fmt.Errorf("merges: those of %s do not follow each other, and GGUF has one score for them: %w", fileerr.Quote(text), ErrUnsupported)
		}
		listed[m], made[text], last = true, true, text
	}
	for text, id := range t.model.vocab {
		if kind := t.tokens[id].kind; kind != Normal && kind != Added {
			continue
		}
		for i := range text {
			if i == 0 {
				continue
			}
			m := [2]string{text[:i], text[i:]}
			if !listed[m] && t.merging(m[0]) && t.merging(m[1]) {
				return fmt.Errorf("merges: %s and %s do not merge, and by GGUF's scores they do: %w", fileerr.Quote(m[0]), fileerr.Quote(m[1]), ErrUnsupported)
			}
		}
	}
	return nil
}

// merging says whether a text is a token that merges make, or that they begin
// with.
func (t *Tokenizer) merging(text string) bool {
	id, ok := t.model.vocab[text]
	return ok && (t.tokens[id].kind == Normal || t.tokens[id].kind == Added)
}
