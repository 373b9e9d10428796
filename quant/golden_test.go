package quant

import (
	"math"
	"os"
	"path/filepath"
	"strings"
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

// dequantizedCases reads the index in one goldens folder.
func dequantizedCases(t *testing.T, dir string) []dequantized {
	t.Helper()
	var index struct{ Dequantize []dequantized }
	goldens.JSON(t, filepath.Join(dir, "index.json"), &index)
	if len(index.Dequantize) == 0 {
		t.Fatalf("%s/index.json has no cases", dir)
	}
	return index.Dequantize
}

// TestGoldenDequantize compares every bit with ggml's own dequantization.
func TestGoldenDequantize(t *testing.T) {
	eachGoldenDir(t, func(t *testing.T, dir string) {
		for _, c := range dequantizedCases(t, dir) {
			t.Run(c.Name, func(t *testing.T) { testDequantize(t, dir, c) })
		}
	})
}

func testDequantize(t *testing.T, dir string, c dequantized) {
	f, ok := Lookup(c.Type)
	if !ok || f.Decode == nil {
		t.Fatalf("type %d (%s) has no Decode", c.Type, c.Name)
	}
	raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Raw)))
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
	eachGoldenDir(t, func(t *testing.T, dir string) {
		for _, c := range dequantizedCases(t, dir) {
			f, err := Parse(c.Name)
			if err != nil {
				t.Error(err)
				continue
			}
			if f.Type != c.Type || f.BlockElems != c.BlockElements || f.BlockBytes != c.BlockBytes {
				t.Errorf("%s is type %d with %d elements in %d bytes, want %d with %d in %d", f.Name,
					f.Type, f.BlockElems, f.BlockBytes, c.Type, c.BlockElements, c.BlockBytes)
			}
		}
	})
}

// eachGoldenDir runs a test on each folder of quant-types goldens: the small
// copy in testdata, and the full set where there is one.
func eachGoldenDir(t *testing.T, test func(t *testing.T, dir string)) {
	found := false
	for _, d := range goldens.Dirs() {
		dir := filepath.Join(d, "quant-types")
		if _, err := os.Stat(filepath.Join(dir, "index.json")); err != nil {
			continue
		}
		found = true
		name := "full"
		if strings.HasPrefix(dir, "testdata") {
			name = "testdata"
		}
		t.Run(name, func(t *testing.T) { test(t, dir) })
	}
	if !found {
		t.Skip("goldens quant-types are not there (set ROCMFORGE_GOLDENS or ROCMFORGE_SHARED)")
	}
}
