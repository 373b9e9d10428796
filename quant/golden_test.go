package quant

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// dequantized is a case of the golden index: raw blocks and ggml's floats.
type dequantized struct {
	Type          Type
	Name          string
	BlockElements int `json:"block_elements"`
	BlockBytes    int `json:"block_bytes"`
	Blocks        int
	Raw, F32      string
}

// eachDequantized runs a test on each case of the full goldens, and of the small
// copy in testdata.
func eachDequantized(t *testing.T, test func(t *testing.T, dir string, c dequantized)) {
	for _, set := range []struct{ name, index string }{
		{"full", "quant-types/index.json"},
		{"testdata", "quant-types/dequantize.json"},
	} {
		t.Run(set.name, func(t *testing.T) {
			path := goldens.Path(t, set.index)
			var index struct{ Dequantize []dequantized }
			goldens.JSON(t, path, &index)
			if len(index.Dequantize) == 0 {
				t.Fatalf("%s has no cases", path)
			}
			for _, c := range index.Dequantize {
				t.Run(c.Name, func(t *testing.T) { test(t, filepath.Dir(path), c) })
			}
		})
	}
}

// TestGoldenDequantize compares every bit with ggml's own dequantization.
func TestGoldenDequantize(t *testing.T) { eachDequantized(t, testDequantize) }

func testDequantize(t *testing.T, dir string, c dequantized) {
	f, ok := Lookup(c.Type)
	if !ok || f.Decode == nil {
		t.Fatalf("type %d (%s) has no Decode", c.Type, c.Name)
	}
	raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Raw)))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := goldens.Floats(t, filepath.Join(dir, filepath.FromSlash(c.F32)))
	if len(raw) != c.Blocks*f.BlockBytes || len(want) != c.Blocks*f.BlockElems {
		t.Fatalf("%d bytes and %d floats for %d blocks", len(raw), len(want), c.Blocks)
	}
	got := make([]float32, len(want))
	f.Decode(got, raw)
	for i, w := range want {
		if !sameFloat(got[i], w) {
			t.Fatalf("block %d, element %d: %v (%08x), want %v (%08x)", i/f.BlockElems, i%f.BlockElems,
				got[i], math.Float32bits(got[i]), w, math.Float32bits(w))
		}
	}
}

// sameFloat compares bits. NaN payloads differ between implementations.
func sameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// TestGoldenBlockSizes compares the table with ggml's.
func TestGoldenBlockSizes(t *testing.T) {
	eachDequantized(t, func(t *testing.T, dir string, c dequantized) {
		f, err := Parse(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Type != c.Type || f.BlockElems != c.BlockElements || f.BlockBytes != c.BlockBytes {
			t.Errorf("%s is type %d with %d elements in %d bytes, want %d with %d in %d", f.Name,
				f.Type, f.BlockElems, f.BlockBytes, c.Type, c.BlockElements, c.BlockBytes)
		}
	})
}
