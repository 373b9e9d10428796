package safetensors

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoundTrip(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	check(t, w.SetMetadata("format", `<"pt">`))
	shapes := map[string][]int64{"none": {0, 7}, "scalar": {}, "a\n\"é": {2, 3}, "late": {4}, "last": {3, 0}}
	order := []string{"none", "scalar", "a\n\"é", "late", "last"}
	for _, name := range order {
		check(t, w.AddTensor(name, BF16, shapes[name]))
	}
	check(t, w.WriteData("scalar", []byte{1}))
	check(t, w.WriteData("scalar", []byte{2}))
	check(t, w.WriteData("a\n\"é", make([]byte, 12)))
	check(t, w.WriteData("late", make([]byte, 8)))
	check(t, w.Finish())

	f, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
	check(t, err)
	got := map[string][]int64{}
	for _, x := range f.Tensors {
		got[x.Name] = x.Shape
	}
	if d := cmp.Diff(shapes, got); d != "" || f.Metadata["format"] != `<"pt">` {
		t.Errorf("%s %v", d, f.Metadata)
	}
	x, _ := f.Tensor("scalar")
	if b, err := x.Bytes(); err != nil || !bytes.Equal(b, []byte{1, 2}) || x.Elements() != 1 {
		t.Errorf("%v: %v, %v", x, b, err)
	}
}

func TestWriterRefuses(t *testing.T) {
	add := func(w *Writer) { w.AddTensor("t", F32, []int64{1}) }
	for what, f := range map[string]func(w *Writer) error{
		"element type":                 func(w *Writer) error { return w.AddTensor("t", "F4", []int64{1}) },
		"negative":                     func(w *Writer) error { return w.AddTensor("t", F32, []int64{-1}) },
		"more bytes than 64 bits":      func(w *Writer) error { return w.AddTensor("t", U8, []int64{math.MaxInt64, 2}) },
		"added twice":                  func(w *Writer) error { add(w); return w.AddTensor("t", F32, []int64{1}) },
		"reserved":                     func(w *Writer) error { return w.AddTensor("__metadata__", F32, []int64{1}) },
		"no UTF-8":                     func(w *Writer) error { return w.AddTensor("\xff", F32, []int64{1}) },
		"out of order":                 func(w *Writer) error { add(w); return w.WriteData("u", nil) },
		"5 bytes of data":              func(w *Writer) error { add(w); return w.WriteData("t", make([]byte, 5)) },
		"0 bytes of data were written": func(w *Writer) error { add(w); return w.Finish() },
		"after the first tensor data":  func(w *Writer) error { add(w); w.WriteData("t", nil); return w.SetMetadata("a", "b") },
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		w, err := Create(path)
		check(t, err)
		if err := f(w); err == nil || !strings.Contains(err.Error(), what) {
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
