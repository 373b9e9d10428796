package tokenizer

import "strings"

// scanLlama3 is llama3Pattern.
func scanLlama3(s string) int { return scanTiktoken(s, 3) }

// scanQwen2 is qwen2Pattern: llama3Pattern with numbers of one digit.
func scanQwen2(s string) int { return scanTiktoken(s, 1) }

// scanTiktoken is the expression that both descend from (cl100k), with numbers
// of up to maxDigits digits.
func scanTiktoken(s string, maxDigits int) int {
	if s[0] == '\'' {
		if n := foldedContraction(s); n > 0 {
			return n
		}
	}
	c, n := classAt(s, 0)
	switch c {
	case letter:
		return run(s, n, letter)
	case number:
		return digitRun(s, n, maxDigits)
	}
	c2, n2 := classAt(s, n)
	if n2 > 0 && c2 == letter && c != lineEnd { // [^\r\n\p{L}\p{N}]?\p{L}+
		return run(s, n+n2, letter)
	}
	if c == other || s[0] == ' ' && n2 > 0 && c2 == other { // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
		return run(s, run(s, n, other), lineEnd)
	}
	end, last, line := spaceRun(s)
	if line > 0 { // \s*[\r\n]+
		return line
	}
	return matchSpace(end, last, len(s))
}

// digitRun ends behind at most max number characters, one of which ends at i.
func digitRun(s string, i, max int) int {
	for range max - 1 {
		c, n := classAt(s, i)
		if n == 0 || c != number {
			break
		}
		i += n
	}
	return i
}

// foldedContraction measures (?i:'s|'t|'re|'ve|'m|'ll|'d). The long s folds to s.
func foldedContraction(s string) int {
	for _, c := range [...]string{"s", "t", "re", "ve", "m", "ll", "d", "ſ"} {
		if len(s) > len(c) && strings.EqualFold(s[1:1+len(c)], c) {
			return 1 + len(c)
		}
	}
	return 0
}
