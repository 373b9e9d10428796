package tokenizer

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// The long way round gives what the library gives where both are defined.
func TestNormalForm(t *testing.T) {
	parts := []string{"a", "e", "A", "\u0301", "\u0323", "\u0307", "\u0308", "\u0327", "\u0345", "é", "ệ", "Å", "한", "\u1100", "\u1161", "\u11a8", "ﬁ", "½", "\u0958", "\u0344", "\u1e9b", "x", " ", "\u3099", "か"}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		var b strings.Builder
		for range rng.IntN(14) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		s := b.String()
		for name, f := range normForms {
			runes := decompose(f, s)
			if f == norm.NFC || f == norm.NFKC {
				runes = compose(runes)
			}
			if got, want := string(runes), f.String(s); got != want {
				t.Fatalf("%s of %+q is %+q, want %+q", name, s, got, want)
			}
		}
	}
}

func TestNormalFormManyMarks(t *testing.T) {
	below, above := strings.Repeat("\u0323", 40), strings.Repeat("\u0301", 40)
	want := "\u1ea1" + below[2:] + above // ạ
	if got := normalForm(norm.NFC, "a"+above+below); got != want {
		t.Errorf("%+q, want %+q", got, want)
	}
}

func TestNormalizerGrowth(t *testing.T) {
	var n normalizer
	for range 40 {
		n = append(n, replace{"a", "aa"})
	}
	if _, err := n.apply(strings.Repeat("a", 1<<16)); err == nil {
		t.Error("text may grow 2^40 times")
	}
	if s, err := n[:4].apply("aaaa"); err != nil || len(s) != 64 {
		t.Errorf("%d bytes, %v", len(s), err)
	}
}
