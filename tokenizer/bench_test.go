package tokenizer

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// goSource is about size bytes of Go.
func goSource(t testing.TB, size int) string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no Go source: ", err)
	}
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		s, err := os.ReadFile(files[i%len(files)])
		if err != nil {
			t.Fatal(err)
		}
		b.Write(s)
	}
	return b.String()[:size]
}

func load(t testing.TB, kind string) *Tokenizer {
	t.Helper()
	tok, err := FromDir(filepath.Dir(goldens.Path(t, "tokenizers/"+kind+"/tokenizer.json")))
	if err != nil {
		t.Skip(err)
	}
	return tok
}

func BenchmarkEncode(b *testing.B) {
	text := goSource(b, 1<<18)
	for _, kind := range kinds {
		b.Run(kind, func(b *testing.B) {
			tok := load(b, kind)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tok.Encode(text, Options{Special: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A mebibyte of one character is one piece for some, a million for others.
func TestLongRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for i, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			tok := load(t, kind)
			for _, c := range []string{"a", " ", "\n", "é"} {
				text := strings.Repeat(c, 1<<20/len(c))
				var ids []int32
				took := fastest(func() {
					var err error
					if ids, err = tok.Encode(text, Options{}); err != nil {
						t.Fatalf("%q: %v", c, err)
					}
				})
				t.Logf("%q: %v", c, took.Round(time.Millisecond))
				if took > 5*time.Second && i < required { // aim: 1 s; the machine may be busy
					t.Errorf("1 MiB of %q takes %v", c, took)
				}
				if got := tok.Decode(ids, KeepSpecial); got != text && c != " " { // which some strip
					t.Errorf("1 MiB of %q does not come back", c)
				}
			}
		})
	}
}

// fastest is the time of f, or of the best of a few tries where another
// program had the processor.
func fastest(f func()) time.Duration {
	best := time.Duration(math.MaxInt64)
	for range 4 {
		start := time.Now()
		f()
		if best = min(best, time.Since(start)); best < time.Second {
			break
		}
	}
	return best
}

// largeJSON is a tokenizer.json of n tokens with nearly as many merges.
func largeJSON(n int) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	texts := make([]string, 0, n)
	for _, r := range byteRunes {
		texts = append(texts, string(r))
	}
	var merges []string
	for at := 0; len(texts) < n; at++ { // each token and each letter make one more
		left := texts['a'-'!']
		if at > 0 {
			left = texts[255+at]
		}
		for _, c := range letters[:min(26, n-len(texts))] {
			texts = append(texts, left+string(c))
			merges = append(merges, fmt.Sprintf("[%q,%q]", left, string(c)))
		}
	}
	vocab := make([]string, n)
	for id, s := range texts {
		vocab[id] = fmt.Sprintf("%q:%d", s, id)
	}
	return []byte(`{"model":{"type":"BPE","vocab":{` + strings.Join(vocab, ",") + `},"merges":[` + strings.Join(merges, ",") +
		`]},"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"}}`)
}

func BenchmarkLoad(b *testing.B) {
	data := largeJSON(128 << 10)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseTokenizer(data); err != nil {
			b.Fatal(err)
		}
	}
}
