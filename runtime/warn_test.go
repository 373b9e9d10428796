package runtime

import (
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gopher"
)

// TestWarns: what a file leaves open is told once, and it runs.
func TestWarns(t *testing.T) {
	for want, edits := range map[string]map[string]any{
		"":                   nil,
		"tokenizer.ggml.pre": {"tokenizer.ggml.pre": nil},
		"\"default\"":        {"tokenizer.ggml.pre": "default"},
		"\"nobody's\"":       {"tokenizer.ggml.pre": "nobody's"},
		"llama.vocab_size":   {"llama.vocab_size": uint32(7)},
		"eos_token_id":       {"tokenizer.ggml.eos_token_id": uint32(1<<32 - 1)},
	} {
		var warnings []string
		m, err := Open(editedGopher(t, edits), Options{Device: "cpu", Warn: func(s string) { warnings = append(warnings, s) }})
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		m.Close()
		if want == "" && warnings != nil || want != "" && (len(warnings) != 1 || !strings.Contains(warnings[0], want)) {
			t.Errorf("%s: warnings %q", want, warnings)
		}
	}
}

// TestOneBOS: a prompt that begins with BOS gets no other.
func TestOneBOS(t *testing.T) {
	var warnings []string
	r := gopher.Model()
	m, err := OpenReader(r, r.Size(), Options{Device: "cpu", Warn: func(s string) { warnings = append(warnings, s) }})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	bos, ok := m.Tokenizer().BOS()
	if !ok {
		t.Fatal("no BOS to test with")
	}
	text, _ := m.Tokenizer().Token(bos)
	s, err := m.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want, err := s.encode("func")
	if err != nil || want[0] != bos || warnings != nil {
		t.Fatalf("%v %v %q", want, err, warnings)
	}
	got, err := s.encode(text + "func")
	if err != nil || !slices.Equal(got, want) || len(warnings) != 1 {
		t.Errorf("%v, %v; want %v and a warning, got %q", got, err, want, warnings)
	}
}
