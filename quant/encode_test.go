package quant

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// quantized is a case of the golden index: ggml's bytes for input.f32.
type quantized struct {
	Type        Type
	Name        string
	Rows        int
	RowElements int `json:"row_elements"`
	Raw         string
}

// TestGoldenQuantize compares every byte with ggml's own quantization.
func TestGoldenQuantize(t *testing.T) {
	for _, set := range []struct{ name, index string }{
		{"full", "quant-types/index.json"},
		{"testdata", "quant-types/quantize.json"},
	} {
		t.Run(set.name, func(t *testing.T) { testQuantize(t, goldens.Path(t, set.index)) })
	}
}

func testQuantize(t *testing.T, path string) {
	var index struct{ Quantize []quantized }
	goldens.JSON(t, path, &index)
	dir, cases := filepath.Dir(path), 0
	for _, c := range index.Quantize {
		f, ok := Lookup(c.Type)
		if !ok {
			t.Errorf("type %d (%s) is not in the table", c.Type, c.Name)
			continue
		}
		if f.Encode == nil {
			continue
		}
		cases++
		t.Run(c.Name, func(t *testing.T) { testQuantizeCase(t, dir, f, c) })
	}
	if cases == 0 {
		t.Error("no cases")
	}
}

func testQuantizeCase(t *testing.T, dir string, f *Format, c quantized) {
	src := goldens.Floats(t, filepath.Join(dir, "quant", "input.f32"))
	want, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Raw)))
	if err != nil {
		t.Fatal(err)
	}
	size, ok := f.RowBytes(len(src))
	if !ok || size != len(want) || len(src) != c.Rows*c.RowElements {
		t.Fatalf("%d bytes for %d floats in %d rows of %d", len(want), len(src), c.Rows, c.RowElements)
	}
	got := make([]byte, size)
	f.Encode(got, src)
	for i := 0; i < size; i += f.BlockBytes {
		g, w := got[i:i+f.BlockBytes], want[i:i+f.BlockBytes]
		if string(g) != string(w) {
			at := i / f.BlockBytes * f.BlockElems
			t.Errorf("row %d, element %d:\n got % x\nwant % x", at/c.RowElements, at%c.RowElements, g, w)
		}
	}
}

var _ = rand.Uint32
var _ = math.Pi
var _ = binary.LittleEndian
