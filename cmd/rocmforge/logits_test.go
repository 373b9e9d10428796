package main

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
)

// TestTooLargeForCache: values that float16 cannot hold end in an error that
// names the KV cache, and a KV cache of f32 holds them.
func TestTooLargeForCache(t *testing.T) {
	dir := t.TempDir()
	in, path := filepath.Join(dir, "in.gguf"), filepath.Join(dir, "f32.gguf")
	w, err := os.Create(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gopher.Model().WriteTo(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "", "convert", in, path, "--type", "F32")
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	v, ok := f.Tensor("blk.0.attn_v.weight")
	if err := f.Close(); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if w, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteAt(binary.LittleEndian.AppendUint32(nil, math.Float32bits(1e9)), v.Offset); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "", "logits", "-m", path, "--tokens", "5,6,7", "--kv-cache-dtype", "f32")
	if _, stderr, code := command("", "logits", "-m", path, "--tokens", "5,6,7"); code != exitError || !strings.Contains(stderr, "--kv-cache-dtype f32") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := command("", "run", "-m", path, "-n", "3", "a"); code != exitError || !strings.Contains(stderr, "KV cache: try one of f32") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
