package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// dequantized is a tensor's values as float32, little-endian.
func dequantized(t *testing.T, x Tensor) []byte {
	t.Helper()
	data, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	for _, d := range x.Shape {
		n *= d
	}
	values := make([]float32, n)
	if quark.DType(x.Type) != "" {
		quark.Decode(values, x.Type, data, x.Scale)
	} else {
		f, _ := quant.Lookup(x.Type)
		f.Decode(values, data)
	}
	return floatBytes(values)
}

// TestGoldenQuarkTensors: every tensor of every export is bit for bit what Quark
// makes of it.
func TestGoldenQuarkTensors(t *testing.T) {
	for _, dir := range goldens.QuarkExports(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var want struct {
				Tensors map[string]struct {
					Format string
					Shape  []int
					SHA256 string `json:"sha256_f32"`
				}
				Scalars map[string][]float32
			}
			goldens.JSON(t, filepath.Join(dir, "goldens.json"), &want)
			src, err := OpenFolder(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			for name, w := range want.Tensors {
				x, ok := src.Tensor(name)
				if !ok {
					t.Errorf("%s is missing", name)
					continue
				}
				sum := sha256.Sum256(dequantized(t, x))
				if hex.EncodeToString(sum[:]) != w.SHA256 {
					t.Errorf("%s (%s, as %s %v) has other values", name, w.Format, x.Type, x.Shape)
				}
			}
			for name, w := range want.Scalars {
				x, ok := src.Tensor(name)
				if !ok { // the scale of a weight
					x, _ = src.Tensor(name[:len(name)-len(quark.WeightScale)])
					if x.Scale != w[0] {
						t.Errorf("%s is %v, want %v", name, x.Scale, w)
					}
					continue
				}
				if got, err := x.scalar(); err != nil || got != w[0] {
					t.Errorf("%s is %v (%v), want %v", name, got, err, w)
				}
			}
			t.Logf("%d tensors and %d scales", len(want.Tensors), len(want.Scalars))
		})
	}
}
