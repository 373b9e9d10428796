package tokenizer

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// The published expressions that pre-tokenizers split with.
const (
	gpt2Pattern   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen2Pattern  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// scanners are hand-made matchers for some of them, by the exact expression. A
// general engine takes many times as long.
var scanners = map[string]struct {
	kind string
	scan scanner
}{
	gpt2Pattern:   {"gpt2", scanGPT2},
	llama3Pattern: {"llama3", scanLlama3},
	qwen2Pattern:  {"qwen2", scanQwen2},
}

// A scanner measures the match that s, which is not empty, begins with. The
// expressions that have one match at every place.
type scanner func(s string) int

func (scan scanner) spans(s string, _ time.Time) ([]span, error) {
	out := make([]span, 0, len(s)/4+1)
	for at := 0; at < len(s); {
		end := at + scan(s[at:])
		out = append(out, span{at, end, true})
		at = end
	}
	return out, nil
}

// regexPattern is any other expression. The engine backtracks, so that time is
// limited: for each match, and for all of one Encode.
type regexPattern struct{ re *regexp2.Regexp }

const (
	maxPattern = 64 << 10 // bytes
	maxNesting = 128      // parentheses in parentheses
	maxRepeat  = 1e6      // product of all counted repetitions
	matchTime  = time.Second
)

// timeLimit is how long the expressions may take over n bytes of text.
func timeLimit(n int) time.Duration {
	return 2500*time.Millisecond + time.Duration(n)*16*time.Microsecond
}

// newPattern compiles an expression; kind names it if it is a known one.
func newPattern(expr string) (p pattern, kind string, err error) {
	if expr == digitPattern {
		return digits{}, "bpe", nil
	}
	if known, ok := scanners[expr]; ok {
		return known.scan, known.kind, nil
	}
	if err := checkPattern(expr); err != nil {
		return nil, "", fmt.Errorf("regular expression %s: %w", fileerr.Quote(expr), err)
	}
	// Oniguruma, for which the files are written, lets ^ and $ match at lines.
	re, err := regexp2.Compile(expr, regexp2.Multiline)
	if err != nil {
		return nil, "", fmt.Errorf("regular expression %s: %s", fileerr.Quote(expr), fileerr.Quote(err.Error()))
	}
	re.MatchTimeout = matchTime
	return regexPattern{re}, "bpe", nil
}

var counted = regexp.MustCompile(`\{(\d*)(?:,(\d*))?\}`)

// checkPattern bounds what compiling may cost, and refuses what Oniguruma reads
// differently: sets in sets.
func checkPattern(expr string) error {
	if len(expr) > maxPattern {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(expr), maxPattern)
	}
	product := 1.0
	for _, m := range counted.FindAllStringSubmatch(expr, -1) {
		lo, _ := strconv.ParseFloat(m[1], 64)
		hi, _ := strconv.ParseFloat(m[2], 64)
		if product *= max(lo, hi, 1); product > maxRepeat {
			return fmt.Errorf("repetitions of repetitions come to %g or more, at most %g are allowed", product, float64(maxRepeat))
		}
	}
	return checkNesting(expr)
}

func checkNesting(expr string) error {
	depth, set := 0, false
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\\':
			i++
		case set && c == '[', set && strings.HasPrefix(expr[i:], "&&"):
			return fmt.Errorf("a set in a set: %w", ErrUnsupported)
		case c == '[':
			set = true
			i += len(emptySetStart(expr[i+1:]))
		case c == ']':
			set = false
		case !set && c == '(':
			if depth++; depth > maxNesting {
				return fmt.Errorf("parentheses more than %d deep", maxNesting)
			}
		case !set && c == ')':
			depth--
		}
	}
	return nil
}

// emptySetStart is what stands behind [ and cannot end the set: ^ or ] or both.
func emptySetStart(s string) string {
	n := 0
	if strings.HasPrefix(s, "^") {
		n++
	}
	if strings.HasPrefix(s[n:], "]") {
		n++
	}
	return s[:n]
}

func (p regexPattern) spans(s string, deadline time.Time) ([]span, error) {
	var c cover
	rune, at := 0, 0 // the same place, in characters and in bytes
	forward := func(n int) int {
		for ; n > 0; n-- {
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
			rune++
		}
		return at
	}
	late := false
	err := p.re.FindRunesMatches([]int32(s), 0, func(m regexp2.MatchView) bool {
		i, n, _ := m.GroupRange(0)
		start := forward(i - rune)
		c.match(start, forward(n))
		late = time.Now().After(deadline)
		return !late
	})
	switch {
	case errors.Is(err, regexp2.ErrBacktrackingStackLimit):
		return nil, fmt.Errorf("regular expression %s: too much backtracking", fileerr.Quote(p.re.String()))
	case err != nil || late || time.Now().After(deadline):
		return nil, fmt.Errorf("regular expression %s: takes too long on this text", fileerr.Quote(p.re.String()))
	}
	return c.finish(len(s)), nil
}
