package convert

import (
	"context"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/safetensors"
)

// floats is a tensor to write.
type floats struct {
	shape []int64
	data  []float32
}

func numbers(shape ...int64) floats {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	f := floats{shape, make([]float32, n)}
	for i := range f.data {
		f.data[i] = float32(i)
	}
	return f
}

// editedFolder is the tiny Llama with other tensors in place of some of its
// own, or beside them.
func editedFolder(t *testing.T, edits map[string]floats) string {
	t.Helper()
	from, dir := filepath.FromSlash("../runtime/testdata/goldens/tiny/llama-tied"), t.TempDir()
	for _, name := range []string{"config.json", "tokenizer.json", "tokenizer_config.json"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	src, err := safetensors.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	w, err := safetensors.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	kept := slices.DeleteFunc(slices.Clone(src.Tensors), func(t *safetensors.Tensor) bool {
		_, edited := edits[t.Name]
		return edited
	})
	names := slices.Sorted(maps.Keys(edits))
	for _, k := range kept {
		w.AddTensor(k.Name, k.DType, k.Shape)
	}
	for _, name := range names {
		w.AddTensor(name, safetensors.F32, edits[name].shape)
	}
	for _, k := range kept {
		b, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		w.WriteData(k.Name, b)
	}
	for _, name := range names {
		b, _ := binary.Append(nil, binary.LittleEndian, edits[name].data)
		w.WriteData(name, b)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestBiasFollowsItsRows: the biases of queries and keys change places with the
// rows of their matrices.
func TestBiasFollowsItsRows(t *testing.T) {
	dir := editedFolder(t, map[string]floats{
		"model.layers.0.self_attn.q_proj.bias":   numbers(64),
		"model.layers.0.self_attn.v_proj.bias":   numbers(32),
		"model.layers.0.self_attn.q_proj.weight": numbers(64, 64),
	})
	f := convertTo(t, dir, "F32")
	read := func(name string) []float32 {
		tensor, ok := f.Tensor(name)
		if !ok {
			t.Fatalf("no tensor %s", name)
		}
		b, err := tensor.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		v := make([]float32, len(b)/4)
		binary.Decode(b, binary.LittleEndian, v)
		return v
	}
	var want []float32 // heads of 16: halves become neighbours
	for head := range 4 {
		for i := range 8 {
			want = append(want, float32(16*head+i), float32(16*head+i+8))
		}
	}
	if diff := cmp.Diff(want, read("blk.0.attn_q.bias")); diff != "" {
		t.Errorf("queries' bias (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(numbers(32).data, read("blk.0.attn_v.bias")); diff != "" {
		t.Errorf("values' bias (-want +got):\n%s", diff)
	}
	weight := read("blk.0.attn_q.weight")
	for row, from := range want {
		if got := weight[64*row] / 64; got != from {
			t.Errorf("row %d is %v; want %v", row, got, from)
		}
	}
}

// TestFolderRefused: what could not be opened is not converted either.
func TestFolderRefused(t *testing.T) {
	for name, c := range map[string]struct {
		edits map[string]floats
		words string
	}{
		"fewer rows":   {map[string]floats{"model.layers.1.self_attn.q_proj.weight": numbers(63, 64)}, "[63 64]; [64 64] was expected"},
		"scalar":       {map[string]floats{"model.norm.weight": numbers()}, "[]; [64] was expected"},
		"unknown name": {map[string]floats{"model.layers.0.self_attn.q_norm.weight": numbers(16)}, "q_norm.weight"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := ParseRecipe("F16")
			out := filepath.Join(t.TempDir(), "out.gguf")
			_, err := Convert(context.Background(), editedFolder(t, c.edits), out, Options{Recipe: r})
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v; want something about %q", err, c.words)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a file was written")
			}
		})
	}
}

// TestYaRNKeys: what GGUF can say of YaRN is written, and the rest is refused.
func TestYaRNKeys(t *testing.T) {
	c := &models.Config{Architecture: "llama", RoPE: models.RoPEConfig{Scaling: ops.RoPEScaling{
		Method: ops.RoPEYaRN, Factor: 4, OriginalContext: 4096, BetaFast: 16, BetaSlow: 2,
	}}}
	keys, err := configKeys(c, "x")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for _, kv := range keys {
		got[strings.TrimPrefix(kv.key, "llama.rope.scaling.")] = kv.value
	}
	for key, want := range map[string]any{
		"type": "yarn", "factor": float32(4), "original_context_length": uint32(4096),
		"yarn_beta_fast": float32(16), "yarn_beta_slow": float32(2),
	} {
		if got[key] != want {
			t.Errorf("%s is %v; want %v", key, got[key], want)
		}
	}
	if _, ok := got["attn_factor"]; ok {
		t.Error("YaRN's own attention factor is written")
	}
	c.RoPE.Scaling.NoTruncate = true
	if _, err := configKeys(c, "x"); err == nil {
		t.Error("truncate: false was dropped")
	}
}
