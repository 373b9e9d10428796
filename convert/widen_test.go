package convert

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/quant"
)

// withWeight is the embedded model as F32, with one weight changed.
func withWeight(t *testing.T, tensor string, value float32) (path string) {
	t.Helper()
	r, err := ParseRecipe("F32")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "in.gguf")
	if _, err := Convert(context.Background(), writeGopher(t), path, Options{Recipe: r}); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	x, ok := f.Tensor(tensor)
	if err := f.Close(); err != nil || !ok {
		t.Fatal(ok, err)
	}
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.WriteAt(binary.LittleEndian.AppendUint32(nil, math.Float32bits(value)), x.Offset+4*7)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTooLarge: a type that was asked for and cannot hold a weight is refused,
// and nothing is written; in a mixture that tensor alone becomes wider.
func TestTooLarge(t *testing.T) {
	const name, refused = "blk.1.ffn_down.weight", quant.Q8_1
	for _, c := range []struct {
		recipe string
		value  float32
		typ    quant.Type // of the tensor
	}{
		{"F16", 1e5, refused}, {"Q8_0", 1e7, refused}, {"Q4_K", 1e8, refused}, {"NVFP4", 3000, refused}, {"BF16", math.MaxFloat32, refused},
		{"Q4_K_M", 1e9, quant.F32},
		{"MXFP4", 3e38, quant.MXFP4}, {"FP8_E4M3", math.MaxFloat32, quant.FP8_E4M3}, {"MXFP6_E3M2", 1e5, quant.MXFP6_E3M2},
	} {
		t.Run(c.recipe, func(t *testing.T) {
			in, out := withWeight(t, name, c.value), filepath.Join(t.TempDir(), "out.gguf")
			r, err := ParseRecipe(c.recipe)
			if err != nil {
				t.Fatal(err)
			}
			var warned []string
			_, err = Convert(context.Background(), in, out, Options{Recipe: r, Warn: func(s string) { warned = append(warned, s) }})
			var tooLarge *quant.RangeError
			if c.typ == refused {
				if !errors.As(err, &tooLarge) || tooLarge.Value != c.value || !strings.Contains(err.Error(), name) {
					t.Errorf("%v", err)
				}
				if _, err := os.Stat(out); err == nil {
					t.Error("a file was written")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, ok := openGGUFFile(t, out).Tensor(name)
			if !ok || got.Type != c.typ {
				t.Errorf("%v", got)
			}
			if said := slices.ContainsFunc(warned, func(s string) bool { return strings.Contains(s, name) }); said != (c.typ == quant.F32) {
				t.Errorf("warnings %q", warned)
			}
			allFinite(t, got)
		})
	}
}

func allFinite(t *testing.T, x *gguf.Tensor) {
	t.Helper()
	f, _ := quant.Lookup(x.Type)
	b, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, len(b)/f.BlockBytes*f.BlockElems)
	f.Decode(v, b)
	for i, y := range v {
		if math.IsNaN(float64(y)) || math.IsInf(float64(y), 0) {
			t.Fatalf("element %d is %v", i, y)
		}
	}
}
