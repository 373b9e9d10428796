package score

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/tokenizer"
)

func TestMain(m *testing.M) {
	runtime.Child()
	os.Exit(m.Run())
}

func newScorer(t *testing.T, context int) *Scorer {
	t.Helper()
	r := gopher.Model()
	m, err := runtime.OpenReader(r, r.Size(), runtime.Options{Device: "cpu", Exact: true, Context: context})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	s, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Scorer) mustEncode(t *testing.T, text string, special bool) []int32 {
	t.Helper()
	ids, err := s.model.Tokenizer().Encode(text, tokenizer.Options{BOS: special, Special: true})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestEncodePair: the rule is that both lists together are the tokens of the
// whole text, as far as the context's own do not reach into the continuation.
func TestEncodePair(t *testing.T) {
	s := newScorer(t, 64)
	for _, c := range []struct{ context, continuation, trimmed string }{
		{"func main()", " {", "func main()"},
		{"func main() ", "{", "func main()"},
		{"func main()\n\t ", "x", "func main()"},
		{"func main()\x1f", "x", "func main()"},
		{"fun", "ction", "fun"}, // one token may be both
	} {
		given, ids, err := s.encodePair(c.context, c.continuation)
		if err != nil {
			t.Fatal(err)
		}
		want, whole := s.mustEncode(t, c.trimmed, true), s.mustEncode(t, c.context+c.continuation, true)
		if !slices.Equal(given, want) || !slices.Equal(ids, whole[min(len(want), len(whole)):]) {
			t.Errorf("%q, %q: %v, %v", c.context, c.continuation, given, ids)
		}
	}
	plain := s.mustEncode(t, " {", false)
	given, ids, err := s.encodePair("", " {")
	if err != nil || !slices.Equal(given, []int32{s.prefix}) || !slices.Equal(ids, plain) {
		t.Errorf("without a context: %v, %v, %v", given, ids, err)
	}
	given, ids, err = s.encodePair("", s.prefixText+" {") // which has it already
	if err != nil || !slices.Equal(given, []int32{s.prefix}) || !slices.Equal(ids, plain) {
		t.Errorf("behind %s: %v, %v, %v", s.prefixText, given, ids, err)
	}
}

func TestPair(t *testing.T) {
	s := newScorer(t, 32)
	one, err := s.Pair(t.Context(), "if err != nil {\n\treturn", " err\n}")
	if err != nil {
		t.Fatal(err)
	}
	// The chain rule: of both halves, where tokens meet.
	first, err := s.Pair(t.Context(), "if err != nil {\n\treturn", " err")
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Pair(t.Context(), "if err != nil {\n\treturn err", "\n}")
	if err != nil {
		t.Fatal(err)
	}
	if d := one.LogProb - first.LogProb - second.LogProb; math.Abs(d) > 1e-3 || one.Tokens != first.Tokens+second.Tokens {
		t.Errorf("%+v is not %+v and %+v", one, first, second)
	}
	// A context that does not fit loses its beginning.
	long := strings.Repeat("x = y\n", 100)
	if v, err := s.Pair(t.Context(), long, "x = y"); err != nil || v.LogProb >= 0 {
		t.Errorf("%+v, %v", v, err)
	}
	for _, bad := range []string{"", long} {
		if v, err := s.Pair(t.Context(), "x", bad); err == nil {
			t.Errorf("a continuation of %d bytes has %+v", len(bad), v)
		}
	}
}

// TestRolling compares windows with pairs of tokens scored one by one: each
// token behind as many as lm-evaluation-harness gives it.
func TestRolling(t *testing.T) {
	s := newScorer(t, 8)
	text := "package main\n\nfunc main() {\n\tfor i := range 10 {\n\t}\n}\n"
	got, err := s.Rolling(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	ids := s.mustEncode(t, text, true)
	all := append([]int32{s.prefix}, ids...)
	want := 0.0
	for i := range ids {
		window := i / 8                    // predicted by it
		end := min((window+1)*8, len(ids)) // of the window
		from := max(0, end-8)              // its first input
		given := all[from : i+1]           // before token i
		l, err := s.session.LogLikelihood(t.Context(), append(slices.Clone(given), ids[i]), 1)
		if err != nil {
			t.Fatal(err)
		}
		want += l.LogProb
	}
	if got.Tokens != len(ids) || len(ids)%8 == 0 || len(ids) < 17 || math.Abs(got.LogProb-want) > 1e-3 {
		t.Errorf("%+v; want %v over %d", got, want, len(ids))
	}
	if v, err := s.Rolling(t.Context(), ""); err != nil || v.Tokens != len(s.mustEncode(t, "", true)) {
		t.Errorf("nothing: %+v, %v", v, err)
	}
}

func TestGenerate(t *testing.T) {
	s := newScorer(t, 64)
	const before = "func f() error {\n\tb, err := g()\n\tif err != nil"
	for range 2 { // the second one finds the first one's tokens
		if text, why, err := s.Generate(t.Context(), before, []string{"\n"}, 12); err != nil || text != " {" || why != runtime.StopString {
			t.Errorf("%q, %s, %v", text, why, err)
		}
	}
	if text, why, err := s.Generate(t.Context(), "", nil, 3); err != nil || text == "" || why != runtime.StopLength {
		t.Errorf("%q, %s, %v", text, why, err)
	}
	if _, why, err := s.Generate(t.Context(), strings.Repeat("x = y\n", 100), nil, 60); err != nil || why != runtime.StopLength {
		t.Errorf("%s, %v", why, err)
	}
	for _, n := range []int{-1, 0, 64} {
		if _, _, err := s.Generate(t.Context(), before, nil, n); err == nil {
			t.Errorf("%d tokens were taken", n)
		}
	}
}
