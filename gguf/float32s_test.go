package gguf_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/quant"
)

// writeOne writes a file with one tensor of F32 numbers, many pages of them.
func writeOne(t *testing.T, numbers []float32, typ quant.Type) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.gguf")
	w, err := gguf.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	f, _ := quant.Lookup(typ)
	data := make([]byte, len(numbers)/f.BlockElems*f.BlockBytes)
	if f.Encode != nil {
		if err := f.Encode(data, numbers); err != nil {
			t.Fatal(err)
		}
	}
	w.Set("general.architecture", "none")
	w.AddTensor("x", typ, []int64{int64(len(numbers))})
	w.WriteData("x", data)
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFloat32s(t *testing.T) {
	numbers := make([]float32, 64)
	for i := range numbers {
		numbers[i] = float32(i) - 20
	}
	for _, typ := range []quant.Type{quant.F32, quant.BF16, quant.Q8_1} {
		f, err := gguf.Open(writeOne(t, numbers, typ))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got, err := f.Tensors[0].Float32s(nil)
		if typ == quant.Q8_1 {
			if !errors.Is(err, gguf.ErrFormat) {
				t.Errorf("a type without a decoder: %v", err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, numbers) {
			t.Errorf("%v: %v, %v", typ, got, err)
		}
	}
}

// TestGuard: a file that is cut short while it is mapped is an error.
func TestGuard(t *testing.T) {
	path := writeOne(t, make([]float32, 1<<20), quant.F32)
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 8192); err != nil {
		t.Skip(err) // Windows does not allow it
	}
	if _, err := f.Tensors[0].Float32s(nil); err == nil {
		t.Error("numbers of a file that is gone")
	}
	b, err := f.Tensors[0].Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if err := gguf.Guard(func() error {
		_ = slices.Max(b)
		return nil
	}); err == nil {
		t.Error("no error of a read beyond the end")
	}
}

func TestErrFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.gguf")
	if _, err := gguf.Open(path); errors.Is(err, gguf.ErrFormat) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("GGUF\x03\x00\x00\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := gguf.Open(path); !errors.Is(err, gguf.ErrFormat) {
		t.Errorf("a truncated file: %v", err)
	}
}
