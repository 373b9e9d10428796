package convert

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/quant"
)

func convertTo(t *testing.T, in, recipe string) *gguf.File {
	t.Helper()
	r, err := ParseRecipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.gguf")
	if _, err := Convert(context.Background(), in, out, Options{Recipe: r}); err != nil {
		t.Fatal(err)
	}
	return openGGUFFile(t, out)
}

func openGGUFFile(t *testing.T, path string) *gguf.File {
	t.Helper()
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// sameTensors compares names, types, shapes and every byte.
func sameTensors(t *testing.T, got, want *gguf.File) {
	t.Helper()
	if len(got.Tensors) != len(want.Tensors) {
		t.Errorf("%d tensors; want %d", len(got.Tensors), len(want.Tensors))
	}
	for _, w := range want.Tensors {
		g, ok := got.Tensor(w.Name)
		if !ok || g.Type != w.Type || !cmp.Equal(g.Dims, w.Dims) {
			t.Errorf("%v became %v", w, g)
			continue
		}
		a, err := g.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%v: other bytes", w)
		}
	}
}

// TestGoldenConvert makes from the Hugging Face folders what llama.cpp's tools
// made of them.
func TestGoldenConvert(t *testing.T) {
	for _, c := range []struct{ folder, recipe string }{
		{"gopher-7m", "F16"}, {"gopher-7m", "Q8_0"}, {"gopher-7m", "Q4_K_M"}, {"gopher-7m-mxfp4", "MXFP4"},
	} {
		t.Run(c.recipe, func(t *testing.T) {
			want := openGGUFFile(t, goldens.Path(t, "gguf/gopher-7m-"+c.recipe+".gguf"))
			got := convertTo(t, goldens.Shared(t, "models/"+c.folder), c.recipe)
			sameTensors(t, got, want)
			for key, value := range want.Metadata.All() {
				switch key {
				case "general.name", "general.basename", "general.finetune", "general.size_label":
					continue // what the converter makes of the folder's name
				}
				had, _ := got.Metadata.Value(key)
				if diff := cmp.Diff(value, had); diff != "" {
					t.Errorf("%s (-want +got):\n%s", key, diff)
				}
			}
		})
	}
}

// writeGopher writes the embedded model to a file.
func writeGopher(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gopher.gguf")
	var b bytes.Buffer
	if _, err := gopher.Model().WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKeep copies a GGUF file with all its keys.
func TestKeep(t *testing.T) {
	in := writeGopher(t)
	want, got := openGGUFFile(t, in), convertTo(t, in, "keep")
	sameTensors(t, got, want)
	for key, value := range want.Metadata.All() {
		if had, _ := got.Metadata.Value(key); !cmp.Equal(value, had) {
			t.Errorf("%s changed", key)
		}
	}
}

// TestCancelledLeavesNothing ends a conversion in the middle.
func TestCancelledLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	r, _ := ParseRecipe("Q8_0")
	_, err := Convert(ctx, writeGopher(t), filepath.Join(dir, "out.gguf"), Options{
		Recipe: r, Progress: func(done, total int) { cancel() },
	})
	if err == nil {
		t.Error("a cancelled conversion succeeded")
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}

func TestRefusesItself(t *testing.T) {
	in := writeGopher(t)
	r, _ := ParseRecipe("keep")
	if _, err := Convert(context.Background(), in, in, Options{Recipe: r}); err == nil {
		t.Error("a file was written over itself")
	}
}

func TestRecipe(t *testing.T) {
	for _, c := range []struct {
		recipe, name string
		shape        []int
		want         quant.Type
	}{
		{"Q4_K_M", "blk.0.attn_q.weight", []int{256, 256}, quant.Q4_K},
		{"Q4_K_M", "blk.0.ffn_down.weight", []int{256, 768}, quant.Q6_K},
		{"Q4_K_M", "blk.2.ffn_down.weight", []int{256, 768}, quant.Q4_K},
		{"Q4_K_M", "token_embd.weight", []int{4096, 256}, quant.Q6_K},
		{"Q4_K", "token_embd.weight", []int{4096, 256}, quant.Q4_K},
		{"Q4_K", "blk.0.attn_q.weight", []int{64, 96}, quant.Q5_0},
		{"Q8_0", "blk.0.attn_q.weight", []int{64, 40}, quant.F16},
		{"Q8_0", "blk.0.attn_norm.weight", []int{256}, quant.F32},
		{"MXFP4", "output.weight", []int{4096, 256}, quant.BF16},
	} {
		r, err := ParseRecipe(c.recipe)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Type(c.name, 8, c.shape, quant.BF16); got != c.want {
			t.Errorf("%s: %s %v becomes %s; want %s", c.recipe, c.name, c.shape, got, c.want)
		}
	}
	for _, name := range []string{"", "Q9", "IQ2_XS"} {
		if _, err := ParseRecipe(name); err == nil {
			t.Errorf("recipe %q was accepted", name)
		}
	}
}

// TestNew: a file that comes while another is converted to its name stays.
func TestNew(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.gguf")
	r, err := ParseRecipe("keep")
	if err != nil {
		t.Fatal(err)
	}
	came := false
	o := Options{Recipe: r, New: true, Progress: func(int, int) {
		if !came {
			came = os.WriteFile(out, []byte("another's"), 0o600) == nil
		}
	}}
	in := filepath.Join("..", "gopher", "gopher-7m.gguf")
	if _, err := Convert(t.Context(), in, out, o); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("error %v", err)
	}
	if b, _ := os.ReadFile(out); string(b) != "another's" {
		t.Error("the other's file is gone")
	}
	o.New, o.Progress = false, nil
	if _, err := Convert(t.Context(), in, out, o); err != nil {
		t.Error(err)
	}
}
