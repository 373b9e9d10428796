package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMistakes are those of new users, and of users of other programs.
func TestMistakes(t *testing.T) {
	for _, test := range []struct {
		want string
		args []string
	}{
		{`unknown command "rnu" for "rocmforge"; did you mean run? (see rocmforge --help)`, []string{"rnu", "hello"}},
		{`did you mean info?`, []string{"show", "x"}},
		{`unknown command "lst" for "rocmforge kernels"; did you mean list? (see rocmforge kernels --help)`, []string{"kernels", "lst"}},
		{`unknown flag --temprature; did you mean --temperature? (see rocmforge run --help)`, []string{"run", "--temprature", "0", "hi"}},
		{`unknown flag --sead; did you mean --seed?`, []string{"run", "--sead", "0", "hi"}},
		{`unknown flag -z (see rocmforge run --help)`, []string{"run", "-z", "hi"}},
		{`-ngl: all layers are on one device`, []string{"run", "-ngl", "99", "hi"}},
		{`-ngl: all layers are on one device`, []string{"bench", "-ngl", "99"}},
		{`--n-gpu-layers: all layers`, []string{"perplexity", "--n-gpu-layers=3"}},
		{`missing: IN, OUT.gguf (or a folder), --type`, []string{"convert"}},
		{`missing: OUT, --scheme`, []string{"quantize", "in"}},
		{`missing: FILE.hip`, []string{"kernels", "check"}},
		{`missing: --arch, --output`, []string{"kernels", "build"}},
		{`unexpected argument "extra"`, []string{"version", "extra"}},
		{`"nosuch" is no file or folder, and no name of a model (see rocmforge models); bench takes a model and flags`, []string{"bench", "nosuch"}},
		{`no completion for "foo": want one of bash, zsh, fish, powershell`, []string{"completion", "foo"}},
		{`unknown command "foo"`, []string{"help", "foo"}},
		{`q8_0: caches of ggml's block types are not supported`, []string{"run", "--kv-cache-dtype", "q8_0", "hi"}},
		{`rocmforge devices does not use --threads`, []string{"devices", "--threads", "2"}},
		{`named by -m`, []string{"run", "llama3", "why"}},
		{`named by -m`, []string{"run", "qwen2.5:0.5b", "why"}},
		{`named by -m`, []string{"run", "meta-llama/Llama-3.2-1B"}},
		{`named by -m`, []string{"run", "model.gguf", "why"}},
		{`is a file or folder: a model is named by -m testdata`, []string{"run", "testdata", "why"}},
		{`the prompt is empty`, []string{"run", ""}},
		{`the prompt is empty`, []string{"run", "-"}},
		{`the prompt is given twice`, []string{"run", "-p", "a", "b"}},
	} {
		stdout, stderr, code := command("", test.args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: exit code %d, stdout %.100q, stderr %q, want %q in it", test.args, code, stdout, stderr, test.want)
		}
		checkErrorLine(t, stderr, false)
		_, stderr, code = command("", append([]string{"--json"}, test.args...)...)
		var e struct{ Error string }
		if json.Unmarshal([]byte(stderr), &e) != nil || e.Error == "" || code != exitUsage {
			t.Errorf("--json %q: exit code %d, stderr %q", test.args, code, stderr)
		}
	}
}

func TestDeviceVariableIsNamed(t *testing.T) {
	t.Setenv(deviceVariable, "banana")
	if _, stderr, code := command("", "run", "x"); code != exitUsage || !strings.Contains(stderr, `ROCMFORGE_DEVICE="banana": want auto`) {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if _, stderr, _ := command("", "run", "--device", "kiwi", "x"); !strings.Contains(stderr, `--device "kiwi": want auto`) {
		t.Errorf("stderr %q", stderr)
	}
}

// TestOtherNames: what other programs call a flag.
func TestOtherNames(t *testing.T) {
	text := filepath.Join(t.TempDir(), "prompt.txt")
	if err := os.WriteFile(text, []byte("func main() {"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := mustRun(t, "", "run", "--json", "-n", "4", "--temperature", "0", "--ctx", "64", "--threads", "1", "func main() {")
	for _, args := range [][]string{
		{"-n", "4", "--temp", "0", "-c", "64", "-t", "1", "-p", "func main() {"},
		{"--n-predict", "4", "--temp=0", "--ctx-size", "64", "-t1", "-f", text},
		{"--max_tokens", "4", "--temp", "0", "-c64", "--", "func main() {"},
	} {
		got := mustRun(t, "", append([]string{"run", "--json"}, args...)...)
		if a, b := ids(t, want), ids(t, got); a != b {
			t.Errorf("%q: ids %s, want %s", args, b, a)
		}
	}
}

func ids(t *testing.T, s string) string {
	var r struct {
		IDs json.RawMessage `json:"ids"`
	}
	if err := json.Unmarshal([]byte(s), &r); err != nil || len(r.IDs) < 5 {
		t.Fatalf("%v: %s", err, s)
	}
	return string(r.IDs)
}

// TestModelAsArgument: commands without a text take the model without -m.
func TestModelAsArgument(t *testing.T) {
	model := filepath.Join("..", "..", "gopher", "gopher-7m.gguf")
	if out := mustRun(t, "", "info", model); !strings.Contains(out, model) {
		t.Errorf("info MODEL shows another: %s", out)
	}
	if _, stderr, code := command("", "info", "-m", model, model); code != exitUsage {
		t.Errorf("two models: exit code %d, stderr %q", code, stderr)
	}
}
