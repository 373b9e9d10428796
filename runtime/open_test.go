package runtime

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
)

// gopherFile writes the embedded model to a file.
func gopherFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gopher.gguf")
	data := make([]byte, gopher.Model().Size())
	if _, err := gopher.Model().ReadAt(data, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustRefuse opens a path and wants a *ModelError that says all of the words,
// in one line.
func mustRefuse(t *testing.T, path string, words ...string) {
	t.Helper()
	m, err := Open(path, Options{})
	if err == nil {
		m.Close()
		t.Fatal("accepted")
	}
	var refused *ModelError
	if !errors.As(err, &refused) {
		t.Errorf("%T: %v; a *ModelError was expected", err, err)
	}
	for _, word := range append(words, path) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v: nothing about %q", err, word)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\x1b\x00") {
		t.Errorf("not a clean line: %q", err.Error())
	}
}

func TestOpenMissing(t *testing.T) {
	mustRefuse(t, filepath.Join(t.TempDir(), "none.gguf"), "no such file or folder")
	mustRefuse(t, t.TempDir(), "config.json")
}

// TestOpenRefuses edits the metadata of the embedded model.
func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		keys  map[string]any
		words []string
	}{
		{"unknown architecture", map[string]any{"general.architecture": "zorp\x1b[2J"}, []string{`"zorp\x1b[2J"`, "llama"}},
		{"architecture of another type", map[string]any{"general.architecture": uint32(1)}, []string{"general.architecture", "string"}},
		{"no layers", map[string]any{"llama.block_count": uint32(0)}, []string{"layers is 0", "1 to 1024"}},
		{"negative size", map[string]any{"llama.embedding_length": int32(-256)}, []string{"llama.embedding_length", "-256"}},
		{"heads that do not divide", map[string]any{"llama.attention.head_count_kv": uint32(3)}, []string{"3", "a divisor of the 4 heads"}},
		{"heads of a huge size", map[string]any{"llama.attention.head_count": uint32(4096), "llama.attention.key_length": uint32(512), "llama.attention.value_length": uint32(512)},
			[]string{"size of all heads is 2097152", "at most 1048576"}},
		{"RoPE base of 1", map[string]any{"llama.rope.freq_base": float32(1)}, []string{"base 1"}},
		{"unknown tokenizer", map[string]any{"tokenizer.ggml.model": "zorp"}, []string{"tokenizer.ggml.model", `"zorp"`}},
		{"more layers than tensors", map[string]any{"llama.block_count": uint32(9)}, []string{"missing tensors", "blk.8.", "convert"}},
	} {
		t.Run(c.name, func(t *testing.T) { mustRefuse(t, editedGopher(t, c.keys), c.words...) })
	}
}

// editedGopher writes the embedded model with other values of some keys.
func editedGopher(t *testing.T, keys map[string]any) string {
	t.Helper()
	r := gopher.Model()
	f, err := gguf.Read(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "edited.gguf")
	w, err := gguf.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for key, v := range f.Metadata.All() {
		if _, edited := keys[key]; !edited {
			err = errors.Join(err, w.Set(key, v))
		}
	}
	for key, v := range keys {
		if v != nil { // nil is no key
			err = errors.Join(err, w.Set(key, v))
		}
	}
	for _, tensor := range f.Tensors {
		err = errors.Join(err, w.AddTensor(tensor.Name, tensor.Type, tensor.Dims))
	}
	for _, tensor := range f.Tensors {
		data, readErr := tensor.Bytes()
		err = errors.Join(err, readErr, w.WriteData(tensor.Name, data))
	}
	if err = errors.Join(err, w.Finish()); err != nil {
		t.Fatal(err)
	}
	return path
}
