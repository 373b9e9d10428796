package stores

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestLacks(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 7\n"
	const index = `{"weight_map": {"a": "model-00001-of-00003.safetensors", "b": "model-00002-of-00003.safetensors", "c": "model-00003-of-00003.safetensors"}}`
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // "": it lacks nothing
	}{
		{"whole", map[string]string{"config.json": "{}", "model.safetensors": "w"}, ""},
		{"config", map[string]string{"model.safetensors": "w"}, "no config.json in the folder; fetch it"},
		{"weights", map[string]string{"config.json": "{}"}, "no weights in the folder; fetch"},
		{"pytorch", map[string]string{"config.json": "{}", "pytorch_model.bin": "p"}, `only PyTorch files ("pytorch_model.bin")`},
		{"meta", map[string]string{"config.json": "{}", "consolidated.00.pth": "p"}, "save_pretrained"},
		{"adapter", map[string]string{"adapter_config.json": `{"base_model_name_or_path": "meta-llama/Llama-3.2-1B"}`, "adapter_model.safetensors": "w"}, `which is "meta-llama/Llama-3.2-1B"; merge it`},
		{"shards", map[string]string{"config.json": "{}", "model.safetensors.index.json": index, "model-00002-of-00003.safetensors": "w"}, `2 of 3 shards are missing: "model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors"; fetch them`},
		{"index", map[string]string{"config.json": "{}", "model-00001-of-00002.safetensors": "w"}, "without model.safetensors.index.json"},
		{"lfs", map[string]string{"config.json": "{}", "model.safetensors": pointer}, "git lfs pull"},
		{"lfs shard", map[string]string{"config.json": "{}", "model.safetensors.index.json": index,
			"model-00001-of-00003.safetensors": "w", "model-00002-of-00003.safetensors": pointer, "model-00003-of-00003.safetensors": "w"}, `"model-00002-of-00003.safetensors" is a pointer`},
		{"gguf", map[string]string{"a.gguf": "w", "b.gguf": "w"}, "2 GGUF files and no safetensors; name one of the files"},
		{"bad index", map[string]string{"config.json": "{}", "model.safetensors.index.json": "{"}, ""}, // the loader says what is wrong with it
		{"bad name", map[string]string{"config.json": "{}", "model.safetensors.index.json": `{"weight_map": {"a": "\u0000.safetensors"}}`}, ""},
	} {
		dir := t.TempDir()
		for name, text := range c.files {
			write(t, filepath.Join(dir, name), text)
		}
		err := Lacks(dir)
		var lack *LackError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &lack) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
