package convert

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/safetensors"
)

// TestGoldenQuarkRoundTrip: an export goes into a GGUF file and comes back with
// every byte of its tensors and texts.
func TestGoldenQuarkRoundTrip(t *testing.T) {
	for _, dir := range goldens.QuarkExports(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			file, out := filepath.Join(t.TempDir(), "x.gguf"), filepath.Join(t.TempDir(), "x")
			keep, _ := ParseRecipe(Keep)
			if _, err := Convert(context.Background(), dir, file, Options{Recipe: keep}); err != nil {
				t.Fatal(err)
			}
			if _, err := ToFolder(context.Background(), file, out, Options{}); err != nil {
				t.Fatal(err)
			}
			sameSafetensors(t, out, dir)
			for _, c := range carried {
				want, err1 := os.ReadFile(filepath.Join(dir, c.file))
				got, err2 := os.ReadFile(filepath.Join(out, c.file))
				if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
					t.Errorf("%s changed (%v, %v)", c.file, err1, err2)
				}
			}
		})
	}
}

func sameSafetensors(t *testing.T, gotDir, wantDir string) {
	t.Helper()
	got, err := safetensors.Open(gotDir)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	want, err := safetensors.Open(wantDir)
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	if len(got.Tensors) != len(want.Tensors) {
		t.Errorf("%d tensors; want %d", len(got.Tensors), len(want.Tensors))
	}
	for _, w := range want.Tensors {
		g, ok := got.Tensor(w.Name)
		if !ok || g.String() != w.String() {
			t.Errorf("%v became %v", w, g)
			continue
		}
		a, err1 := g.Bytes()
		b, err2 := w.Bytes()
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%v: other bytes (%v, %v)", w, err1, err2)
		}
	}
}

// TestToFolder makes a folder of a GGUF file that never was one; what comes of
// it in turn has the same tensors.
func TestToFolder(t *testing.T) {
	in, dir := writeGopher(t), t.TempDir()
	out := filepath.Join(dir, "gopher")
	if _, err := ToFolder(context.Background(), in, out, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := ToFolder(context.Background(), in, out, Options{}); err == nil {
		t.Error("a folder with files in it was written over")
	}
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json"} { // a GGUF file has none
		b, err := os.ReadFile(filepath.FromSlash("../runtime/testdata/goldens/tiny/llama-tied/" + name))
		if err == nil {
			err = os.WriteFile(filepath.Join(out, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sameTensors(t, convertTo(t, out, Keep), openGGUFFile(t, in))
	if _, err := ToFolder(context.Background(), in, in, Options{}); err == nil {
		t.Error("a file was converted onto itself")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ToFolder(context.Background(), in, file, Options{}); err == nil {
		t.Error("a file was replaced by a folder")
	}
	for _, kept := range []string{in, file} {
		if info, err := os.Stat(kept); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s is no longer a file: %v", kept, err)
		}
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 1 {
		t.Errorf("beside the folder there is %v", left)
	}
}

// TestFP8: a float tensor gets a scale, by which every value comes back within
// half a step; from there it can be kept, or become anything else.
func TestFP8(t *testing.T) {
	in := writeGopher(t)
	dir := t.TempDir()
	to := func(from, name, recipe string) *gguf.File {
		r, err := ParseRecipe(recipe)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Convert(context.Background(), from, filepath.Join(dir, name), Options{Recipe: r}); err != nil {
			t.Fatal(err)
		}
		return openGGUFFile(t, filepath.Join(dir, name))
	}
	fp8 := to(in, "a.gguf", "FP8_E4M3")
	sameTensors(t, to(filepath.Join(dir, "a.gguf"), "b.gguf", Keep), fp8)
	to(in, "c.gguf", "F32")
	to(filepath.Join(dir, "a.gguf"), "d.gguf", "F32")
	want, got := floatsOf(t, filepath.Join(dir, "c.gguf")), floatsOf(t, filepath.Join(dir, "d.gguf"))
	for i, w := range want {
		if diff := math.Abs(float64(got[i] - w)); diff > math.Abs(float64(w))/15+1e-4 {
			t.Fatalf("element %d is %v, want %v", i, got[i], w)
		}
	}
}

func floatsOf(t *testing.T, path string) []float32 {
	t.Helper()
	x, ok := openGGUFFile(t, path).Tensor("blk.3.ffn_down.weight")
	if !ok || x.Type != quant.F32 {
		t.Fatalf("%v", x)
	}
	b, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, len(b)/4)
	f, _ := quant.Lookup(quant.F32)
	f.Decode(v, b)
	return v
}

// TestConfigText: the text is a stranger's.
func TestConfigText(t *testing.T) {
	f := export{recipe: &Recipe{base: quant.BF16}}
	for text, want := range map[string]string{
		"null":                    "want an object",
		"[]":                      "offset",
		`{"a":1,"a":2}`:           "twice",
		`{"dtype":"x","a":[1,2]}`: "",
	} {
		got, err := f.configText(text, nil)
		if want == "" && (err != nil || !strings.Contains(got, `"torch_dtype": "bfloat16"`) || strings.Contains(got, `"dtype"`)) {
			t.Errorf("%s: %s, %v", text, got, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}
