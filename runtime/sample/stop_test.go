package sample

import (
	"strings"
	"testing"
)

func TestStopper(t *testing.T) {
	for _, test := range []struct {
		text    string
		stops   []string
		want    string
		stopped bool
	}{
		{"hello world", nil, "hello world", false},
		{"hello world", []string{"world"}, "hello ", true},
		{"hello wor", []string{"world"}, "hello wor", false},
		{"aaab", []string{"aab"}, "a", true},
		{"ababac", []string{"abac"}, "ab", true},
		{"xabcy", []string{"abc", "b"}, "xa", true}, // b ends first
		{"xabcy", []string{"bc", "abc"}, "x", true}, // end together: the longest
		{"xabcy", []string{"abcd", "c"}, "xab", true},
		{"xabc", []string{"abcd", "cd"}, "xabc", false},
		{"grüße\n\nfunc", []string{"\n\n"}, "grüße", true},
		{"stop", []string{"stop"}, "", true},
	} {
		for size := 1; size <= len(test.text); size++ {
			got, stopped := stream(t, test.text, test.stops, size)
			if got != test.want || stopped != test.stopped {
				t.Errorf("%q, stops %q, pieces of %d: %q, %v; want %q, %v",
					test.text, test.stops, size, got, stopped, test.want, test.stopped)
			}
		}
	}
}

// stream pushes text in pieces of size bytes and collects what comes out.
func stream(t *testing.T, text string, stops []string, size int) (string, bool) {
	t.Helper()
	s, err := NewStopper(stops)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for text != "" {
		n := min(size, len(text))
		shown, stopped := s.Push(text[:n])
		out.WriteString(shown)
		if stopped {
			return out.String(), true
		}
		text = text[n:]
	}
	out.WriteString(s.Flush())
	return out.String(), false
}

func TestStopperHoldsNoMoreThanNeeded(t *testing.T) {
	s, _ := NewStopper([]string{"<end>"})
	for _, step := range []struct{ piece, want string }{
		{"a<e", "a"}, {"n", ""}, {"x", "<enx"}, {"<", ""}, {"<", "<"},
	} {
		if got, _ := s.Push(step.piece); got != step.want {
			t.Errorf("Push(%q) = %q, want %q", step.piece, got, step.want)
		}
	}
	if got := s.Flush(); got != "<" {
		t.Errorf("Flush() = %q", got)
	}
	if _, err := NewStopper([]string{"a", ""}); err == nil {
		t.Error("an empty stop string is accepted")
	}
}

// TestStopperSpecials: hidden pieces stop, and are not shown.
func TestStopperSpecials(t *testing.T) {
	for _, test := range []struct {
		pieces  string // with |; hidden ones in <>
		stops   []string
		want    string
		stopped bool
	}{
		{"a|<s>|b", nil, "ab", false},
		{"a|<s>|b", []string{"<s>"}, "a", true},
		{"a|<s>|b", []string{"a<s>b"}, "", true},
		{"xa|<s>|c|d", []string{"a<s>b"}, "xacd", false},
		{"xa|<s>|<s>|b", []string{"a<s>b", "<s>b"}, "xa", true},
		{"a|<s>|<t>|b", []string{"s><"}, "a", true},
		{"a|<s>|<s>|b|c", []string{"<s><s><s>"}, "abc", false},
		{"a|<s>", []string{"<s>b"}, "a", false},
	} {
		s, err := NewStopper(test.stops)
		if err != nil {
			t.Fatal(err)
		}
		got, stopped := "", false
		for piece := range strings.SplitSeq(test.pieces, "|") {
			push := s.Push
			if piece[0] == '<' {
				push = s.PushHidden
			}
			var text string
			if text, stopped = push(piece); stopped {
				got += text
				break
			}
			got += text
		}
		if !stopped {
			got += s.Flush()
		}
		if got != test.want || stopped != test.stopped {
			t.Errorf("%s, stops %q: %q, %v; want %q, %v", test.pieces, test.stops, got, stopped, test.want, test.stopped)
		}
	}
	if _, err := NewStopper([]string{"a\xc3"}); err == nil {
		t.Error("a stop string with half a character is accepted")
	}
}
