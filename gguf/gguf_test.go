package gguf

import (
	"bytes"
	"io"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/quant"
)

func TestGoldenOpen(t *testing.T) {
	for name, types := range map[string]map[quant.Type]int{
		"F16":    {quant.F16: 57, quant.F32: 17},
		"Q8_0":   {quant.Q8_0: 57, quant.F32: 17},
		"Q4_K_M": {quant.Q4_K: 48, quant.Q6_K: 9, quant.F32: 17},
		"MXFP4":  {quant.MXFP4: 56, quant.BF16: 1, quant.F32: 17},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(goldens.Path(t, "gguf/gopher-7m-"+name+".gguf"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, x := range f.Tensors {
				types[x.Type]--
				sameBytes(t, x)
			}
			for typ, n := range types {
				if n != 0 {
					t.Errorf("%d tensors of %v too few", n, typ)
				}
			}
			if arch, err := f.Metadata.String("general.architecture"); arch != "llama" || err != nil {
				t.Errorf("architecture %q, %v", arch, err)
			}
			if n, err := f.Metadata.Uint("llama.vocab_size", 1<<20); n != 4096 || err != nil {
				t.Errorf("vocabulary of %d, %v", n, err)
			}
			if toks, err := f.Metadata.Strings("tokenizer.ggml.tokens"); len(toks) != 4096 || err != nil {
				t.Errorf("%d tokens, %v", len(toks), err)
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
