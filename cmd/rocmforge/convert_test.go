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

// TestOthersOverwrite: quantize and bench do as convert does, and a plot is
// written over no input.
func TestOthersOverwrite(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.gguf")
	if err := os.WriteFile(out, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	tiny := filepath.Join("..", "..", "runtime", "testdata", "goldens", "tiny", "llama-tied")
	for _, args := range [][]string{
		{"quantize", tiny, out, "--scheme", "w_mxfp4"},
		{"bench", "--shape", "1b", "--type", "Q4_0", "--write", out},
	} {
		_, stderr, code := command("", args...)
		if code != exitError || !strings.Contains(stderr, "already exists") {
			t.Errorf("%q: exit code %d, stderr %q", args, code, stderr)
		}
	}
	if b, _ := os.ReadFile(out); string(b) != "kept" {
		t.Errorf("%q is left", b)
	}
	mustRun(t, "", "quantize", tiny, out, "--scheme", "w_mxfp4", "--force")
	if b, _ := os.ReadFile(out); !bytes.HasPrefix(b, []byte("GGUF")) {
		t.Error("--force wrote nothing")
	}
	text := filepath.Join(dir, "text.png")
	if err := os.WriteFile(text, []byte("some text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := command("", "evaluate", "--file", text, "--plot", text); code == exitDone || !strings.Contains(stderr, "is the input") {
		t.Errorf("a plot over the text: exit code %d, %s", code, stderr)
	}
}
