package tokenizer

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
	"github.com/google/go-cmp/cmp"
)

// viaRegexp2 is the general engine, also for the known expressions.
func viaRegexp2(expr string) regexPattern {
	re := regexp2.MustCompile(expr, regexp2.Multiline)
	re.MatchTimeout = 10 * time.Second
	return regexPattern{re}
}

func checkScanners(t *testing.T, text string) {
	t.Helper()
	for expr, known := range scanners {
		deadline := time.Now().Add(time.Minute)
		want, err := viaRegexp2(expr).spans(text, deadline)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := known.scan.spans(text, deadline)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(span{}), cmp.Transformer("nil", func(s []span) []span { return append([]span{}, s...) })); diff != "" {
			t.Errorf("%s on %q: (-regexp2 +scanner)\n%s", known.kind, text, diff)
		}
	}
}

var scanTexts = []string{
	"", "'", "''", "'s", "'S", "'ſ", "'sſ", "'ll", "'LL", "'l", "'Re", "'rE'vE", " 's", " '", "\n's", "1's", "٣'٤", "don't", "DON'T  x",
	" ", "  ", "   a", "a   ", "\t\ta", "\t\t", " \n", "\n \n  a", "\r\n\r\n ", " \u00a0x", "\u3000\u3000x", "\u0085a", "\u2028 \n b",
	"1234567", "1 22 333 4444", "½²³Ⅷ", " 12", "  12", "x12y", "!!a", " !!\n\n", "!! \r\n", "!\n!", "(a", "\n(a", "\na", "\ta", "1a", "é", "e\u0301a",
	"\x00", "a\x00b", "\x00\x00 \x00", "日本語 テスト", "👩‍👩‍👧", "\u200b x", "\ufeffx", "\ufffd", "\u180e \u1680", "[]{}'t", "a'b'c'd",
}

func TestScanners(t *testing.T) {
	for _, s := range scanTexts {
		checkScanners(t, s)
	}
	alphabet := []string{"a", "B", "é", "語", "1", "٣", "½", " ", "  ", "\n", "\r", "\t", "\u00a0", "\u0085", "'", "s", "LL", "re", "ſ", "!", "_", "\u0301", "👍", "\x00", "\u2029"}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var b strings.Builder
		for range rng.IntN(12) {
			b.WriteString(alphabet[rng.IntN(len(alphabet))])
		}
		checkScanners(t, b.String())
	}
}

func FuzzScanners(f *testing.F) {
	for _, s := range scanTexts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) {
			checkScanners(t, s)
		}
	})
}

func TestPatternLimits(t *testing.T) {
	for _, expr := range []string{
		"a{1000}{1000}{1000}", "(((a{100}){100}){100}){100}", strings.Repeat("(", 200) + strings.Repeat(")", 200),
		strings.Repeat("a|", 1<<16), "[a&&b]", "[a[b]]", "[[:alpha:]]", "((", `\p{Nonsense}`,
	} {
		if _, _, err := newPattern(expr); err == nil {
			t.Errorf("%.40q is accepted", expr)
		}
	}
	for _, expr := range []string{`[^]a]`, `[]a]`, `\[[a]`, `[\[]`, `\p{N}{1,3}`, o200kPattern, deepSeekV3Pattern} {
		if _, _, err := newPattern(expr); err != nil {
			t.Error(err)
		}
	}
}

// Expressions that take exponential time end with an error.
func TestPatternTimeLimit(t *testing.T) {
	text := strings.Repeat("a", 1<<16) + "!"
	for _, expr := range []string{`(a+)+$`, `(a|a)*$`, `(a|aa)+$`, `(.*)*x`} {
		p, _, err := newPattern(expr)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = p.spans(text, start.Add(timeLimit(len(text))))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s takes %v", expr, took)
		}
		t.Logf("%s: %v after %v", expr, err, time.Since(start))
	}
}

func TestSplitBehaviours(t *testing.T) {
	for _, c := range []struct {
		behaviour string
		invert    bool
		want      []string
	}{
		{"Isolated", false, []string{"the", "-", "final", "-", "-", "countdown"}},
		{"Removed", false, []string{"the", "final", "countdown"}},
		{"Removed", true, []string{"-", "-", "-"}},
		{"MergedWithPrevious", false, []string{"the-", "final-", "-", "countdown"}},
		{"MergedWithNext", false, []string{"the", "-final", "-", "-countdown"}},
		{"Contiguous", false, []string{"the", "-", "final", "--", "countdown"}},
	} {
		s := patternSplit{literalPattern("-"), "-", behaviour(c.behaviour), c.invert}
		got, err := s.split([]string{"the-final--countdown"}, true, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %v: (-want +got)\n%s", c.behaviour, c.invert, diff)
		}
	}
}
