package tokenizer

import (
	"fmt"
	"strings"
)

// A normalizer rewrites text before it is split, step by step.
type normalizer []normStep

// A normStep may make text longer, but not longer than limit bytes. Steps can
// be compared with ==.
type normStep interface {
	apply(s string, limit int) (string, error)
}

// apply runs all steps. A few replacements in a row could make any text
// gigantic, so the result may have 16 times the text's size plus 1 KiB, and at
// most 64 MiB.
func (n normalizer) apply(s string) (string, error) {
	limit := min(16*len(s)+1024, maxText)
	for _, step := range n {
		var err error
		if s, err = step.apply(s, limit); err != nil {
			return "", err
		}
		if err := checkGrowth(len(s), limit); err != nil {
			return "", err
		}
	}
	return s, nil
}

func checkGrowth(size, limit int) error {
	if size > limit {
		return fmt.Errorf("the normalizer makes the text %d bytes long, at most %d are allowed", size, limit)
	}
	return nil
}

// prepend puts a text before a text that is not empty.
type prepend string

func (p prepend) apply(s string, _ int) (string, error) {
	if s == "" {
		return s, nil
	}
	return string(p) + s, nil
}

// replace puts a text in another one's place. old is not empty.
type replace struct{ old, text string }

func (r replace) apply(s string, limit int) (string, error) {
	n := strings.Count(s, r.old)
	if err := checkGrowth(len(s)+n*(len(r.text)-len(r.old)), limit); err != nil {
		return "", err
	}
	return strings.ReplaceAll(s, r.old, r.text), nil
}
