package runtime

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/quant"
)

// TestSummarize compares the short way through the headers with Inspect.
func TestSummarize(t *testing.T) {
	for _, path := range []string{gopherFile(t), filepath.Join("testdata", "goldens", "tiny", "llama-tied")} {
		want, err := Inspect(path, Options{Device: "cpu"})
		if err != nil {
			t.Fatal(err)
		}
		cpu, _, err := Devices()
		if err != nil {
			t.Fatal(err)
		}
		small := DeviceInfo{Name: "hip:0", Kind: "hip", Arch: "gfx1100", Workers: 96, Available: 1000}
		s, err := Summarize(path, []DeviceInfo{cpu[0], small}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Kind != "model" || s.Architecture != want.Config.Architecture || s.Context != want.Config.Context || !s.Supported || s.Type == "" {
			t.Errorf("%+v", s)
		}
		s.Fits[0].Plan.Available, want.Plan.Available = 0, 0
		if got, w := s.Fits[0].Plan, want.Plan; got.Total() != w.Total() || got.Mapped != w.Mapped || s.Fits[0].Err != nil {
			t.Errorf("plan %+v, Inspect says %+v, %v", got, w, s.Fits[0].Err)
		}
		if fit := (*FitError)(nil); !errors.As(s.Fits[1].Err, &fit) || fit.Plan.Available != 1000 {
			t.Errorf("a GPU with 1000 bytes: %v", s.Fits[1].Err)
		}
	}
}

// TestSummarizeRefuses wants what can be told of models that cannot run.
func TestSummarizeRefuses(t *testing.T) {
	dir := t.TempDir()
	made := func(name string, keys map[string]any) string {
		path := filepath.Join(dir, name)
		w, err := gguf.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range keys {
			w.Set(k, v)
		}
		w.AddTensor("a.weight", quant.Q8_0, []int64{32, 2})
		w.WriteData("a.weight", make([]byte, 68))
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		path string
		want Summary
		err  string
	}{
		{made("other.gguf", map[string]any{"general.architecture": "mamba", "mamba.context_length": uint32(77)}),
			Summary{Architecture: "mamba", Kind: "model", Type: "Q8_0", Parameters: 64, Context: 77}, `"mamba" is not supported`},
		{made("lora.gguf", map[string]any{"general.architecture": "llama", "general.type": "adapter"}),
			Summary{Architecture: "llama", Kind: "adapter", Type: "Q8_0", Parameters: 64}, "missing"},
		{made("clip.gguf", map[string]any{"general.architecture": "clip"}),
			Summary{Architecture: "clip", Kind: "mmproj", Type: "Q8_0", Parameters: 64}, "not supported"},
		{write("html.gguf", "<!doctype html>"), Summary{}, "not a GGUF file"},
		{filepath.Dir(write("half/config.json", `{"model_type": "qwen2", "max_position_embeddings": 5}`)),
			Summary{Architecture: "qwen2", Kind: "model", Context: 5}, "no weights in the folder"},
		{filepath.Join(dir, "none.gguf"), Summary{}, "none.gguf"},
	} {
		s, err := Summarize(c.path, nil, Options{})
		if refused := (*ModelError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.path, err, c.err)
		}
		s.Bytes = 0
		if s.Supported = false; s.Architecture != c.want.Architecture || s.Kind != c.want.Kind || s.Type != c.want.Type || s.Parameters != c.want.Parameters || s.Context != c.want.Context {
			t.Errorf("%s: %+v, want %+v", c.path, s, c.want)
		}
	}
}
