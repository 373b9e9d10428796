package tokenizer

import (
	"fmt"
	"strings"
)

// A normalizer rewrites text before it is split, step by step.
type normalizer []normStep

// A normStep may make text longer, but not longer than limit bytes.
type normStep func(s string, limit int) (string, error)

// apply runs all steps. A few replacements in a row could make any text
// gigantic, so the result may have 16 times the text's size plus 1 KiB, and at
// most 64 MiB.
func (n normalizer) apply(s string) (string, error) {
	limit := min(16*len(s)+1024, maxText)
	for _, step := range n {
		var err error
		if s, err = step(s, limit); err != nil {
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

// prepend puts text before a text that is not empty.
func prepend(text string) normStep {
	return func(s string, _ int) (string, error) {
		if s == "" {
			return s, nil
		}
		return text + s, nil
	}
}

// replace puts a text in another one's place. old is not empty.
func replace(old, text string) normStep {
	return func(s string, limit int) (string, error) {
		n := strings.Count(s, old)
		if err := checkGrowth(len(s)+n*(len(text)-len(old)), limit); err != nil {
			return "", err
		}
		return strings.ReplaceAll(s, old, text), nil
	}
}
