package convert_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/runtime"
)

// TestRoPEScalingSurvives: a model with RoPE scaling computes the same as a
// GGUF file, and as a folder made of that again, or is not converted.
func TestRoPEScalingSurvives(t *testing.T) {
	var goldens struct {
		Cases map[string]struct{ Config json.RawMessage }
	}
	b, err := os.ReadFile("../runtime/testdata/rope/goldens.json")
	if err == nil {
		err = json.Unmarshal(b, &goldens)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, g := range goldens.Cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			folder, file, again := filepath.Join(dir, "in"), filepath.Join(dir, "out.gguf"), filepath.Join(dir, "again")
			writeRope(t, folder, g.Config)
			err := toFloats(t, folder, file)
			refused := strings.HasPrefix(name, "dynamic") || strings.HasPrefix(name, "longrope") || name == "yarn, not truncated"
			if refused != (err != nil) {
				t.Fatalf("error %v", err)
			}
			if refused {
				return
			}
			want := ropeLogits(t, folder)
			if d := furthest(ropeLogits(t, file), want); d > 1e-3 {
				t.Errorf("GGUF: logits differ by %g", d)
			}
			if err := toFloats(t, file, again); err != nil {
				t.Fatal(err)
			}
			if d := furthest(ropeLogits(t, again), want); d > 1e-3 {
				t.Errorf("folder of the GGUF file: logits differ by %g", d)
			}
		})
	}
}

// writeRope writes a folder: runtime's tiny model with a config.json, and a
// tokenizer of 48 characters.
func writeRope(t *testing.T, dir string, config []byte) {
	weights, err := os.ReadFile("../runtime/testdata/rope/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	vocab := map[string]int{}
	for i := range 48 {
		vocab[string(rune('A'+i))] = i
	}
	tokenizer, err := json.Marshal(map[string]any{
		"version": "1.0", "added_tokens": []any{}, "normalizer": nil, "post_processor": nil,
		"pre_tokenizer": map[string]any{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
		"decoder":       map[string]any{"type": "ByteLevel"},
		"model":         map[string]any{"type": "BPE", "vocab": vocab, "merges": []string{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"model.safetensors": weights, "config.json": config, "tokenizer.json": tokenizer, "tokenizer_config.json": []byte("{}"),
	} {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name), b, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// ropeLogits are those after 100 tokens, beyond the original context.
func ropeLogits(t *testing.T, path string) []float32 {
	t.Helper()
	m, err := runtime.Open(path, runtime.Options{Device: "cpu", Exact: true, Context: 128})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := m.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, 100)
	for i := range ids {
		ids[i] = int32(7 * i % 48)
	}
	row, err := s.Forward(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func furthest(a, b []float32) (worst float32) {
	for i := range a {
		worst = max(worst, a[i]-b[i], b[i]-a[i])
	}
	return worst
}

func toFloats(t *testing.T, in, out string) error {
	r, err := convert.ParseRecipe("F32")
	if err != nil {
		t.Fatal(err)
	}
	_, err = convert.Convert(t.Context(), in, out, convert.Options{Recipe: r})
	return err
}
