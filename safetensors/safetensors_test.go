package safetensors

import (
	"bytes"
	"io"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/internal/mmap"
)

func TestGoldenOpen(t *testing.T) {
	for _, name := range []string{"llama-tied", "llama-untied-rope3", "mistral-swa", "mixtral", "qwen2", "qwen3", "gpt-oss", "gemma3"} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(goldens.Path(t, "tiny/"+name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, ok := f.Tensor("model.embed_tokens.weight"); !ok || f.Metadata["format"] != "pt" {
				t.Errorf("metadata %v", f.Metadata)
			}
			for _, x := range f.Tensors {
				sameBytes(t, x)
			}
			if err := f.Changed(); err != nil {
				t.Error(err)
			}
		})
	}
}

// sameBytes checks that the mapping and the file give the same data.
func sameBytes(t *testing.T, x *Tensor) {
	t.Helper()
	b, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	read, err := io.ReadAll(x.Reader())
	if err != nil {
		t.Fatal(err)
	}
	err = mmap.Guard(func() error {
		if int64(len(b)) != x.Size || !bytes.Equal(b, read) {
			t.Errorf("%v: the mapping and the file differ", x)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
