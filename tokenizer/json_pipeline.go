package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

const (
	maxSteps     = 256     // in a normalizer, pre-tokenizer, decoder or post-processor
	maxSequences = 32      // inside each other
	maxInsert    = 1 << 10 // bytes that one step inserts at one place
	maxComponent = 4 << 20 // bytes of JSON
)

// steps walks a component of tokenizer.json: one step, or a Sequence of them,
// whose member is called list.
type steps struct {
	list  string
	each  func(kind string, text []byte) error
	count int
}

func walkSteps(text []byte, list string, each func(kind string, text []byte) error) error {
	if len(text) > maxComponent {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(text), maxComponent)
	}
	w := steps{list: list, each: each}
	return w.walk(text, 0)
}

// isNull tells whether a component is absent.
func isNull(text []byte) bool { return len(text) == 0 || string(text) == "null" }

func (w *steps) walk(text []byte, depth int) error {
	if isNull(text) {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return quoteError(err)
	}
	var kind string
	if err := json.Unmarshal(members["type"], &kind); err != nil {
		return errors.New("no type")
	}
	if kind != "Sequence" {
		if w.count++; w.count > maxSteps {
			return fmt.Errorf("more than %d steps", maxSteps)
		}
		if err := w.each(kind, text); err != nil {
			return fmt.Errorf("%s: %w", fileerr.Quote(kind), err)
		}
		return nil
	}
	if depth++; depth > maxSequences {
		return fmt.Errorf("sequences more than %d deep", maxSequences)
	}
	return w.sequence(members, depth)
}

func (w *steps) sequence(members map[string]json.RawMessage, depth int) error {
	for name := range members {
		if name != "type" && name != w.list {
			return fmt.Errorf("in a Sequence: %s: %w", fileerr.Quote(name), ErrUnsupported)
		}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(members[w.list], &list); err != nil {
		return fmt.Errorf("a Sequence without the list %s", w.list)
	}
	for _, text := range list {
		if err := w.walk(text, depth); err != nil {
			return err
		}
	}
	return nil
}

// replaceJSON is a Replace step of a normalizer or decoder.
type replaceJSON struct {
	Type    string      `json:"type"`
	Pattern patternJSON `json:"pattern"`
	Content string      `json:"content"`
}

// patternJSON is a text or an expression; one of them.
type patternJSON struct {
	String *string `json:"String"`
	Regex  *string `json:"Regex"`
}

func (r *replaceJSON) parse(text []byte) (old string, err error) {
	if err := decodeStrict(text, r); err != nil {
		return "", err
	}
	if r.Pattern.String == nil {
		return "", fmt.Errorf("a regular expression: %w", ErrUnsupported)
	}
	if *r.Pattern.String == "" {
		return "", errors.New("replaces the empty string")
	}
	return *r.Pattern.String, checkInsert(r.Content)
}

func checkInsert(s string) error {
	if len(s) > maxInsert {
		return fmt.Errorf("inserts %d bytes, at most %d are allowed", len(s), maxInsert)
	}
	return nil
}
