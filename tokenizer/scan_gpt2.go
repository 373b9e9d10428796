package tokenizer

import "strings"

// scanGPT2 is gpt2Pattern.
func scanGPT2(s string) int {
	if s[0] == '\'' {
		if n := contraction(s); n > 0 {
			return n
		}
	}
	at := 0
	c, n := classAt(s, 0)
	if s[0] == ' ' { // belongs to the word behind it
		if c2, n2 := classAt(s, 1); n2 > 0 && !c2.isSpace() {
			at, c, n = 1, c2, n2
		}
	}
	if c.isSpace() {
		end, last, _ := spaceRun(s)
		return matchSpace(end, last, len(s))
	}
	return run(s, at+n, c)
}

// contraction measures 's 't 're 've 'm 'll 'd.
func contraction(s string) int {
	for _, c := range [...]string{"s", "t", "re", "ve", "m", "ll", "d"} {
		if strings.HasPrefix(s[1:], c) {
			return 1 + len(c)
		}
	}
	return 0
}
