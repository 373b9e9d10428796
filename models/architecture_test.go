package models

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestArchitecturesInREADME: what the rows say is supported stands in README's
// table.
func TestArchitecturesInREADME(t *testing.T) {
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range Architectures() {
		for name := range strings.SplitSeq(a.Models, ", ") {
			if !strings.Contains(string(b), name) {
				t.Errorf("%s: README.md does not name %s", a.ModelType, name)
			}
		}
	}
}

// TestArchitectureRefused: the error lists the names that this kind of file uses.
func TestArchitectureRefused(t *testing.T) {
	for _, kind := range []func(*Architecture) string{ggufName, modelType} {
		_, err := find("mystery", kind)
		var bad *ArchitectureError
		if !errors.As(err, &bad) || !slices.IsSorted(bad.Supported) || !slices.Contains(bad.Supported, "llama") {
			t.Errorf("%v", err)
		}
	}
	if _, err := find("mistral", ggufName); err == nil {
		t.Error("GGUF files are called mistral")
	}
	if _, err := New(&Config{Architecture: "mystery"}); err == nil {
		t.Error("New takes anything")
	}
}

// TestArchitectureRows: a row has all that is asked of it, and no name twice.
func TestArchitectureRows(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range Architectures() {
		if a.GGUFName() == "" || a.ModelType == "" || a.Class == "" || a.Models == "" || a.hf == nil || a.block == nil || (a.gguf == nil) != (a.GGUF == "") {
			t.Errorf("%+v", a)
		}
		for _, name := range []string{"model_type " + a.ModelType, "class " + a.Class} {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if a.GGUF == "" {
			if of, err := find(a.WrittenAs, ggufName); err != nil || of.Pairing != a.Pairing {
				t.Errorf("%s is written as %s: %v", a.ModelType, a.WrittenAs, err)
			}
		}
	}
}
