package gguf

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/internal/source"
)

func TestOpenHeaders(t *testing.T) {
	path := vocabulary(t, 5000, 1<<20)
	whole, err := Open(path)
	check(t, err)
	defer whole.Close()
	brief, err := OpenHeaders(path)
	check(t, err)
	defer brief.Close()
	if d := cmp.Diff([]string{"general.architecture"}, brief.Metadata.keys); d != "" || brief.Metadata.Has("tokenizer.ggml.tokens") {
		t.Errorf("keys: %s", d)
	}
	if len(brief.Tensors) != len(whole.Tensors) || brief.Tensors[99].Offset != whole.Tensors[99].Offset {
		t.Error("the tensors are not those of Open")
	}
}

// TestOpenHeadersDamaged cuts a file at every byte of its header: what Open
// refuses, OpenHeaders refuses.
func TestOpenHeadersDamaged(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	check(t, w.Set("general.architecture", "llama"))
	check(t, w.Set("words", slices.Repeat([]string{"ab"}, briefElements+1)))
	check(t, w.Set("numbers", make([]float32, briefElements+1)))
	check(t, w.Set("general.architecture.end", uint32(7)))
	check(t, w.Finish())
	path := filepath.Join(t.TempDir(), "x.gguf")
	for end := 0; end < b.Len(); end += 101 {
		check(t, os.WriteFile(path, b.Bytes()[:end], 0o600))
		if f, err := OpenHeaders(path); err == nil {
			f.Close()
			t.Errorf("%d bytes of %d are accepted", end, b.Len())
		}
	}
	check(t, os.WriteFile(path, b.Bytes(), 0o600))
	f, err := OpenHeaders(path)
	check(t, err)
	defer f.Close()
	if n, err := f.Metadata.Uint("general.architecture.end", 9); n != 7 || err != nil || f.Metadata.Len() != 2 {
		t.Errorf("%d, %v, %d keys", n, err, f.Metadata.Len())
	}
}

// FuzzSkip holds the short way through a header to the long one.
func FuzzSkip(f *testing.F) {
	f.Add([]byte(start(3, 0, 1).str("k").u32(9).u32(uint32(String)).u64(2).str("a").str("b")))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, err := parse(source.FromReader(bytes.NewReader(b), int64(len(b))), false)
		brief, briefErr := parse(source.FromReader(bytes.NewReader(b), int64(len(b))), true)
		if err == nil && briefErr != nil {
			t.Errorf("the short way refuses: %v", briefErr)
		}
		if err == nil && len(whole.Tensors) != len(brief.Tensors) {
			t.Error("other tensors")
		}
	})
}
