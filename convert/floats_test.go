package convert

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/safetensors"
)

// toFloats makes a folder of floats, and looks whether it is whole.
func toFloats(t *testing.T, in, recipe string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	r, err := ParseRecipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	report, err := ToFolder(context.Background(), in, out, Options{Recipe: r})
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	written := int64(0)
	for _, x := range f.Tensors {
		if x.DType != safetensors.DType(recipe) {
			t.Errorf("%v is no %s", x, recipe)
		}
		b, _ := x.Bytes()
		written += int64(len(b))
	}
	if report.Bytes != written || report.Tensors != len(f.Tensors) {
		t.Errorf("%+v; %d bytes in %d tensors were written", report, written, len(f.Tensors))
	}
	if _, err := models.ReadHFConfig(out); err != nil {
		t.Error(err)
	}
	if q, err := quark.ReadConfig(out); err != nil || q != nil {
		t.Errorf("config.json says that floats are quantized: %v, %v", q, err)
	}
	return out
}

// TestFloats: the embedded model becomes a folder with all that belongs to one,
// and its weights, which are MXFP4 values, can become MXFP4 again.
func TestFloats(t *testing.T) {
	in := writeGopher(t)
	for _, recipe := range []string{"F32", "F16", "BF16"} {
		out := toFloats(t, in, recipe)
		if recipe == "BF16" { // as the embedding is
			sameTensors(t, convertTo(t, out, "MXFP4"), openGGUFFile(t, in))
		}
		files, err := filepath.Glob(filepath.Join(out, "*"))
		for i := range files {
			files[i] = filepath.Base(files[i])
		}
		want := []string{"config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
		if err != nil || !slices.Equal(files, want) {
			t.Errorf("%s: %v, %v", recipe, files, err)
		}
		text, err := os.ReadFile(filepath.Join(out, "config.json"))
		dtype := map[string]string{"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[recipe]
		if err != nil || !strings.Contains(string(text), `"torch_dtype": "`+dtype+`"`) {
			t.Errorf("%s: %v\n%s", recipe, err, text)
		}
	}
	q4, _ := ParseRecipe("Q4_K")
	if _, err := ToFolder(context.Background(), in, filepath.Join(t.TempDir(), "x"), Options{Recipe: q4}); err == nil {
		t.Error("a folder of Q4_K was written")
	}
	k := filepath.Join(t.TempDir(), "k.gguf")
	if _, err := Convert(context.Background(), in, k, Options{Recipe: q4}); err != nil {
		t.Fatal(err)
	}
	toFloats(t, k, "BF16")
}

// TestGoldenFloats: what was a quantized folder forgets that it was, and floats
// keep every bit.
func TestGoldenFloats(t *testing.T) {
	keep, _ := ParseRecipe(Keep)
	for _, name := range []string{"models/gopher-7m", "models/quark/amp_mxfp4_fp8_kvfp8"} {
		dir, file := goldens.Shared(t, name), filepath.Join(t.TempDir(), "x.gguf")
		if _, err := Convert(context.Background(), dir, file, Options{Recipe: keep}); err != nil {
			t.Fatal(err)
		}
		if out := toFloats(t, file, "BF16"); name == "models/gopher-7m" {
			sameSafetensors(t, out, dir)
		}
	}
}
