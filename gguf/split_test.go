package gguf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/quant"
)

// writePart writes a file of one tensor, which holds its own name three times,
// and of keys and values, which alternate.
func writePart(t *testing.T, path, tensor string, keys ...any) {
	t.Helper()
	w, err := Create(path)
	check(t, err)
	for i := 0; i < len(keys); i += 2 {
		check(t, w.Set(keys[i].(string), keys[i+1]))
	}
	check(t, w.AddTensor(tensor, quant.I8, []int64{3}))
	check(t, w.WriteData(tensor, []byte(tensor+tensor+tensor)))
	check(t, w.Finish())
}

func TestOpenSplit(t *testing.T) {
	dir := t.TempDir()
	first := filepath.Join(dir, "m-00001-of-00002.gguf")
	writePart(t, first, "a", "general.architecture", "x", "split.no", uint16(0), "split.count", uint16(2), "split.tensors.count", int32(2))
	writePart(t, filepath.Join(dir, "m-00002-of-00002.gguf"), "b", "split.no", uint16(1), "split.count", uint16(2))
	f, err := Open(first)
	check(t, err)
	defer f.Close()
	for _, name := range []string{"a", "b"} {
		x, ok := f.Tensor(name)
		if !ok {
			t.Fatalf("no tensor %s", name)
		}
		if b, err := x.Bytes(); err != nil || string(b) != name+name+name {
			t.Errorf("%v: %q, %v", x, b, err)
		}
	}
	if len(f.Tensors) != 2 || f.Metadata.Len() != 4 {
		t.Errorf("%d tensors, %d keys", len(f.Tensors), f.Metadata.Len())
	}
	check(t, f.Close())
	if _, err := f.Tensors[1].Bytes(); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
}

func TestOpenSplitRefuses(t *testing.T) {
	const name, other = "m-00001-of-00002.gguf", "m-00002-of-00002.gguf"
	no0, no1 := []any{"split.no", uint16(0)}, []any{"split.no", uint16(1)}
	count, total := []any{"split.count", uint16(2)}, []any{"split.tensors.count", int32(2)}
	join := func(lists ...[]any) (all []any) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	for want, c := range map[string]struct {
		name          string
		first, second []any
		tensor        string // of the second part
	}{
		"no such file":                      {name, join(no0, count, total), nil, ""},
		"its name has to end in":            {"m.gguf", join(no0, count, total), nil, ""},
		"-00001-of-00003":                   {name, join(no0, []any{"split.count", uint8(3)}, total), nil, ""},
		"found uint16 1; it should be 0":    {name, join(no1, count, total), nil, ""},
		`key "split.no": missing`:           {name, join(count, total), nil, ""},
		"found uint16 0; it should be 1":    {name, join(no0, count, total), join(no0, count), "b"},
		"found uint16 9; it should be 2":    {name, join(no0, count, total), join(no1, []any{"split.count", uint16(9)}), "b"},
		`"split.tensors.count": missing`:    {name, join(no0, count), join(no1, count), "b"},
		"found int32 1; it should be 2":     {name, join(no0, count, []any{"split.tensors.count", int32(1)}), join(no1, count), "b"},
		"found int32 -1":                    {name, join(no0, count, []any{"split.tensors.count", int32(-1)}), join(no1, count), "b"},
		`tensor "a": is in `:                {name, join(no0, count, total), join(no1, count), "a"},
		`it should be the first part's "x"`: {name, join(no0, count, total, []any{"general.architecture", "x"}), join(no1, count, []any{"general.architecture", "y"}), "b"},
	} {
		dir := t.TempDir()
		writePart(t, filepath.Join(dir, c.name), "a", c.first...)
		if c.second != nil {
			writePart(t, filepath.Join(dir, other), c.tensor, c.second...)
		}
		if _, err := Open(filepath.Join(dir, c.name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestSplitCannotLeave: the parts' names come from the first part's own name,
// so nothing inside a file chooses another.
func TestSplitCannotLeave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "..-00001-of-00002.gguf")
	writePart(t, path, "a", "split.no", uint16(0), "split.count", uint16(2), "split.tensors.count", int32(2))
	if _, err := Open(path); !os.IsNotExist(err) || !strings.Contains(err.Error(), filepath.Join(dir, "..-00002-of-00002.gguf")) {
		t.Error(err)
	}
}
