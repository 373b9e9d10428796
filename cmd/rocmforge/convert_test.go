package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConvertOverwrites: a file that is there stays, unless --force says
// otherwise, and an input even then.
func TestConvertOverwrites(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.gguf"), filepath.Join(dir, "out.gguf")
	model, err := os.ReadFile(gopherFile)
	if err == nil {
		err = os.WriteFile(in, model, 0o600)
	}
	if err == nil {
		err = os.WriteFile(out, []byte("kept"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	refused := func(want string, args ...string) {
		t.Helper()
		_, stderr, code := command("", append([]string{"convert", "--type", "keep"}, args...)...)
		if code != exitError || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit code %d, stderr %q; want %q", args, code, stderr, want)
		}
	}
	refused("already exists", in, out)
	if b, _ := os.ReadFile(out); string(b) != "kept" {
		t.Errorf("%q is left", b)
	}
	mustRun(t, "", "convert", "--type", "keep", "--force", in, out)
	if b, _ := os.ReadFile(out); !bytes.HasPrefix(b, []byte("GGUF")) {
		t.Error("--force wrote nothing")
	}
	refused("is the input", "--force", in, in)
	link := filepath.Join(dir, "link.gguf")
	if os.Link(in, link) == nil {
		refused("is the input", "--force", in, link)
	}
	if b, _ := os.ReadFile(in); !bytes.Equal(b, model) {
		t.Error("the input was written over")
	}
}
