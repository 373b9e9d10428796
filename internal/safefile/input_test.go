package safefile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCheckNotInput: nothing of a model is written over, by whatever name.
func TestCheckNotInput(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, name := range []string{"one.gguf", "s-00001-of-00002.gguf", "s-00002-of-00002.gguf", "x-00001-of-00002.gguf", "f/model.safetensors", "f/sub/x.jinja"} {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check(t, os.Link(at("one.gguf"), at("hard.gguf")))
	if err := os.Symlink(at("s-00002-of-00002.gguf"), at("soft.gguf")); err != nil {
		t.Skip(err) // Windows wants a privilege for it
	}
	check(t, os.Symlink(at("s-00001-of-00002.gguf"), at("first.gguf")))
	check(t, os.Symlink(at("f"), at("g")))
	for _, c := range []struct {
		in, out string
		refused bool
	}{
		{"one.gguf", "one.gguf", true}, {"one.gguf", "hard.gguf", true}, {"one.gguf", "new.gguf", false},
		{"s-00001-of-00002.gguf", "s-00002-of-00002.gguf", true}, {"s-00001-of-00002.gguf", "soft.gguf", true},
		{"first.gguf", "s-00002-of-00002.gguf", true}, {"s-00001-of-00002.gguf", "x-00001-of-00002.gguf", false},
		{"f", "f/model.safetensors", true}, {"g", "f/sub/x.jinja", true}, {"f", "g/model.safetensors", true},
		{"f", "g", true}, {"f", "one.gguf", false}, {"absent", "one.gguf", false},
	} {
		if err := CheckNotInput(at(c.out), at(c.in)); (err != nil) != c.refused {
			t.Errorf("%s of %s: %v", c.out, c.in, err)
		}
	}
}
