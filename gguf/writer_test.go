package gguf

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/quant"
)

// everyType is a value of every type, at its limits.
var everyType = []struct {
	key   string
	value any
}{
	{"general.architecture", "test"},
	{"u8", uint8(255)}, {"i8", int8(-128)}, {"u16", uint16(65535)}, {"i16", int16(-32768)},
	{"u32", uint32(math.MaxUint32)}, {"i32", int32(math.MinInt32)}, {"u64", uint64(math.MaxUint64)}, {"i64", int64(math.MinInt64)},
	{"f32", float32(0.1)}, {"f64", 0.1}, {"yes", true}, {"no", false}, {"empty", ""}, {"bytes", "\xff\x00é"},
	{"a.u8", []uint8{1, 255}}, {"a.i8", []int8{-1}}, {"a.u16", []uint16{1, 2, 3}}, {"a.i16", []int16{-1}},
	{"a.u32", []uint32{}}, {"a.i32", []int32{-1, 7}}, {"a.u64", []uint64{math.MaxUint64}}, {"a.i64", []int64{-1}},
	{"a.f32", []float32{1, 2}}, {"a.f64", []float64{3}}, {"a.bool", []bool{true, false}}, {"a.str", []string{"a", "", "bc\xff"}},
	{"a.a", []any{[]string{"x"}, []any{[]uint8{1}, []bool{}}}},
}

func TestRoundTrip(t *testing.T) {
	for _, align := range []uint32{8, 32, 4096} {
		var out bytes.Buffer
		w := NewWriter(&out)
		for _, kv := range everyType {
			check(t, w.Set(kv.key, kv.value))
		}
		check(t, w.Set("general.alignment", align))
		check(t, w.AddTensor("one", quant.F32, []int64{3}))
		check(t, w.AddTensor("two", quant.Q8_0, []int64{64, 2, 3}))
		one, two := bytes.Repeat([]byte{1}, 12), bytes.Repeat([]byte{2}, 12*34)
		check(t, w.WriteData("one", one))
		for _, b := range two {
			check(t, w.WriteData("two", []byte{b}))
		}
		check(t, w.Finish())

		f, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		check(t, err)
		i := 0
		for k, v := range f.Metadata.All() {
			if i < len(everyType) && (k != everyType[i].key || !cmp.Equal(v, everyType[i].value)) {
				t.Errorf("key %d is %s = %T %v, want %s = %T %v", i, k, v, v, everyType[i].key, everyType[i].value, everyType[i].value)
			}
			i++
		}
		if i != len(everyType)+1 || f.Metadata.Len() != i {
			t.Errorf("%d keys", i)
		}
		for name, want := range map[string][]byte{"one": one, "two": two} {
			x, ok := f.Tensor(name)
			if !ok || x.Offset%int64(align) != 0 {
				t.Fatalf("tensor %s: %v", name, x)
			}
			if got, err := x.Bytes(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("tensor %s: %v, %v", name, got, err)
			}
		}
		if out.Len()%int(align) != 0 {
			t.Errorf("the file of %d bytes ends without padding", out.Len())
		}
	}
}

// TestGoldenRewrite writes each golden file again from what was read of it:
// llama.cpp wrote it so, byte for byte.
func TestGoldenRewrite(t *testing.T) {
	for _, name := range []string{"gguf/gopher-7m-Q8_0.gguf", "gguf/gopher-7m-Q4_K_M.gguf", "tiny/gemma3/model-F16.gguf", "tokenizers/llama2-spm/vocab.gguf", "tokenizers/t5-unigram/vocab.gguf"} {
		t.Run(name, func(t *testing.T) {
			path := goldens.Path(t, name)
			f, err := Open(path)
			check(t, err)
			defer f.Close()
			out := filepath.Join(t.TempDir(), "out.gguf")
			rewrite(t, f, out)
			want, err := os.ReadFile(path)
			check(t, err)
			got, err := os.ReadFile(out)
			check(t, err)
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes differ from the golden's %d", len(got), len(want))
			}
		})
	}
}

func rewrite(t *testing.T, f *File, path string) {
	t.Helper()
	w, err := Create(path)
	check(t, err)
	defer w.Close()
	for k, v := range f.Metadata.All() {
		check(t, w.Set(k, v))
	}
	for _, x := range f.Tensors {
		check(t, w.AddTensor(x.Name, x.Type, x.Dims))
	}
	for _, x := range f.Tensors {
		data, err := io.ReadAll(x.Reader())
		check(t, err)
		check(t, w.WriteData(x.Name, data))
	}
	check(t, w.Finish())
}

func TestWriterRefuses(t *testing.T) {
	for what, f := range map[string]func(w *Writer) error{
		"no GGUF type for Go's int":    func(w *Writer) error { return w.Set("k", 1) },
		"holds a Go uint8":             func(w *Writer) error { return w.Set("k", []any{uint8(1)}) },
		"nested deeper":                func(w *Writer) error { return w.Set("k", []any{[]any{[]any{[]any{[]any{}}}}}) },
		"a key has from 1":             func(w *Writer) error { return w.Set("", uint8(1)) },
		"power of two":                 func(w *Writer) error { return w.Set("general.alignment", uint32(48)) },
		"a name has from 1":            func(w *Writer) error { return w.AddTensor(strings.Repeat("n", 64), quant.F32, []int64{1}) },
		"blocks of 32":                 func(w *Writer) error { return w.AddTensor("t", quant.Q8_0, []int64{33}) },
		"dims []":                      func(w *Writer) error { return w.AddTensor("t", quant.F32, nil) },
		"dims [1 0]":                   func(w *Writer) error { return w.AddTensor("t", quant.F32, []int64{1, 0}) },
		"more bytes than 64 bits":      func(w *Writer) error { return w.AddTensor("t", quant.F32, []int64{1 << 31, 1 << 31}) },
		"tensor type 4 is not known":   func(w *Writer) error { return w.AddTensor("t", 4, []int64{1}) },
		"out of order":                 func(w *Writer) error { w.Set("k", "v"); return w.WriteData("t", nil) },
		"0 keys":                       (*Writer).Finish,
		"0 bytes of data were written": func(w *Writer) error { w.Set("k", "v"); w.AddTensor("t", quant.F32, []int64{1}); return w.Finish() },
		"added twice": func(w *Writer) error {
			w.AddTensor("t", quant.F32, []int64{1})
			return w.AddTensor("t", quant.F32, []int64{1})
		},
		"5 bytes of data": func(w *Writer) error {
			w.Set("k", "v")
			w.AddTensor("t", quant.F32, []int64{1})
			return w.WriteData("t", make([]byte, 5))
		},
		"after the first tensor data": func(w *Writer) error {
			w.Set("k", "v")
			w.AddTensor("t", quant.F32, []int64{1})
			w.WriteData("t", nil)
			return w.Set("l", "v")
		},
	} {
		path := filepath.Join(t.TempDir(), "x.gguf")
		w, err := Create(path)
		check(t, err)
		err = f(w)
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %q: %v", what, err)
		}
		if w.Finish() == nil {
			t.Errorf("%s: finished after an error", what)
		}
		check(t, w.Close())
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
			t.Errorf("%s: %v is left", what, left)
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
