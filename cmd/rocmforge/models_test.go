package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/quant"
)

const ollamaSum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// machine makes a home with models in each store, and makes it that of this
// process: a Llama in Hugging Face's cache and in Ollama's store, one of an
// architecture that nobody knows, what is damaged, and a projector.
func machine(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for name, value := range map[string]string{
		"HF_HUB_CACHE": "hub", "OLLAMA_MODELS": "ollama", "LLAMA_CACHE": "llamacpp", "ROCMFORGE_MODELS": "mine",
	} {
		t.Setenv(name, filepath.Join(home, value))
	}
	tiny := filepath.Join("..", "..", "runtime", "testdata", "goldens", "tiny", "llama-tied")
	snapshot := filepath.Join(home, "hub", "models--tiny--Llama-Tied", "snapshots", "c0ffee")
	check(t, os.CopyFS(snapshot, os.DirFS(tiny)))
	blob := filepath.Join(home, "ollama", "blobs", "sha256-"+ollamaSum)
	check(t, os.MkdirAll(filepath.Dir(blob), 0o700))
	mustRun(t, "", "convert", tiny, blob+".gguf", "--type", "keep")
	check(t, os.Rename(blob+".gguf", blob))
	info, err := os.Stat(blob)
	check(t, err)
	params := `{"temperature": 0, "num_ctx": 100, "stop": ["\n\n"]}`
	put(t, filepath.Join(home, "ollama", "blobs", "sha256-f"+ollamaSum[1:]), params)
	put(t, filepath.Join(home, "ollama", "manifests", "registry.ollama.ai", "library", "tiny", "latest"), fmt.Sprintf(
		`{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:%s", "size": %d},
		{"mediaType": "application/vnd.ollama.image.params", "digest": "sha256:f%s", "size": %d}]}`, ollamaSum, info.Size(), ollamaSum[1:], len(params)))
	tinyGGUF(t, filepath.Join(home, "mine", "Unheard-Of-1B-with-a-name-of-some-length-Q8_0.gguf"), "unheardof")
	tinyGGUF(t, filepath.Join(home, "mine", "mmproj-model.gguf"), "clip")
	put(t, filepath.Join(home, "mine", "page.gguf"), "<!doctype html>")
	put(t, filepath.Join(home, "mine", "half", "config.json"), `{"model_type": "llama", "max_position_embeddings": 4096}`)
	put(t, filepath.Join(home, "mine", "half", "model.safetensors.index.json"), `{"weight_map": {"a": "model-00001-of-00001.safetensors"}}`)
	return home
}

func put(t *testing.T, path, text string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	check(t, os.WriteFile(path, []byte(text), 0o600))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tinyGGUF writes a file with one tensor.
func tinyGGUF(t *testing.T, path, arch string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	w, err := gguf.Create(path)
	check(t, err)
	check(t, w.Set("general.architecture", arch))
	check(t, w.Set(arch+".context_length", uint32(2048)))
	check(t, w.AddTensor("a.weight", quant.Q8_0, []int64{32, 2}))
	check(t, w.WriteData("a.weight", make([]byte, 68)))
	check(t, w.Finish())
}

func TestModels(t *testing.T) {
	home := machine(t)
	supported := regexp.MustCompile(`supported: [a-z0-9_, -]+`) // grows with each architecture
	here := func(s string) string {
		quoted, err := json.Marshal(home)
		check(t, err)
		s = supported.ReplaceAllString(s, "supported: (names)")
		return strings.ReplaceAll(strings.ReplaceAll(s, strings.Trim(string(quoted), `"`), "HOME"), home, "HOME")
	}
	if runtime.GOOS != "windows" { // whose paths have another separator
		compareJSON(t, filepath.Join("testdata", "models.json"), here(mustRun(t, "", "models", "--all", "--json")))
		compareText(t, filepath.Join("testdata", "models.txt"), here(mustRun(t, "", "models", "--paths", "--device", "cpu")))
	}
	for line := range strings.Lines(mustRun(t, "", "models", "--all")) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func compareText(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		check(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	check(t, err)
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}

// TestModelsNone says where it looked.
func TestModelsNone(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "USERPROFILE", "HF_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE", "ROCMFORGE_MODELS"} {
		t.Setenv(name, home)
	}
	out := mustRun(t, "", "models")
	if !strings.Contains(out, "No models were found") || !strings.Contains(out, home+" (huggingface)") {
		t.Error(out)
	}
}

// TestModelByName runs models by their names, and is refused others.
func TestModelByName(t *testing.T) {
	home := machine(t)
	for name, path := range map[string]string{
		"TINY/llama": filepath.Join(home, "hub", "models--tiny--Llama-Tied", "snapshots", "c0ffee"),
		"tiny":       filepath.Join(home, "ollama", "blobs", "sha256-"+ollamaSum),
	} {
		args := []string{"logits", "--tokens", "1,2", "--json", "-m"}
		if mustRun(t, "", append(args, name)...) != mustRun(t, "", append(args, path)...) {
			t.Errorf("-m %s is not %s", name, path)
		}
	}
	var info struct {
		Model  string
		Memory struct{ Context int }
	}
	out, _, _ := command("", "info", "-m", "tiny:latest", "--json")
	if err := json.Unmarshal([]byte(out), &info); err != nil || info.Model != "tiny:latest" || info.Memory.Context != 100 {
		t.Errorf("num_ctx is 100: %v, %s", err, out)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"info", "-m", "tin"}, `2 models go by that name`},
		{[]string{"info", "-m", "llamatied"}, `did you mean "tiny/Llama-Tied"?`},
		{[]string{"info", "-m", "nothing-like-it"}, "nothing-like-it: no such file or folder, and no model of this machine has the name; looked in "},
		{[]string{"info", "-m", "./x.gguf"}, "x.gguf: no such file or folder"},
		{[]string{"info", "-m", "half"}, "1 of 1 shards are missing"},
		{[]string{"run", "-m", "half", "x"}, "1 of 1 shards are missing"},
		{[]string{"kernels", "build", "--arch", "gfx1100", "--output", t.TempDir(), "-m", "none-of-it"}, "no model of this machine"},
		{[]string{"evaluate", "--reference", "none-of-it"}, "no model of this machine"},
		{[]string{"gonogo", "--reference", "none-of-it"}, "no model of this machine"},
		{[]string{"convert", "none-of-it", filepath.Join(t.TempDir(), "o.gguf"), "--type", "F16"}, "no model of this machine"},
		{[]string{"quantize", "none-of-it", filepath.Join(t.TempDir(), "o"), "--scheme", "w_mxfp4"}, "no model of this machine"},
	} {
		stdout, stderr, code := command("", c.args...)
		if code != exitModel || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit code %d, %s%s, want %q", c.args, code, stdout, stderr, c.want)
		}
	}
}

func TestCompleteModel(t *testing.T) {
	machine(t)
	out, _, _ := command("", "__complete", "info", "-m", "tiny/")
	if !strings.Contains(out, "tiny/Llama-Tied\n") {
		t.Error(out)
	}
}
