package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/runtime/evaluate"
)

var helloText = filepath.Join("testdata", "hello.go.txt")

// TestEvaluate: the tables have a line for each variant, and the plot is a PNG.
func TestEvaluate(t *testing.T) {
	plot := filepath.Join(t.TempDir(), "out.png")
	out := mustRun(t, "", "evaluate", "--file", helloText, "--kv-cache-dtype", "f16,fp8", "--plot", plot, "--reference", gopherFile)
	lines := strings.Split(out, "\n")
	if len(lines) != 12 || !strings.Contains(lines[1], gopherFile) || strings.Contains(lines[6], "%") ||
		!strings.Contains(lines[7], "+0.00% ± 0.00  0.0000  100.0%") || !strings.Contains(lines[3], "FP8_E4M3") {
		t.Errorf("%s", out)
	}
	if png, err := os.ReadFile(plot); err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("plot: %.8q, %v", png, err)
	}
}

// TestEvaluatedPart: the table says where KL is not of all tokens, and a chunk is
// no longer than the text.
func TestEvaluatedPart(t *testing.T) {
	r := evaluateResult{Variants: make([]variantResult, 2)}
	r.Variants[1].Tokens = 9
	for compared, want := range map[int]string{0: "", 5: "; KL and SAME of the first 5", 9: ""} {
		if r.Variants[1].Against = (&evaluate.Difference{Compared: compared}); r.part() != want {
			t.Errorf("%d of 9: %q", compared, r.part())
		}
	}
	out := mustRun(t, "", "evaluate", "--file", helloText, "--ctx", "500")
	var tokens, chunk int
	if _, err := fmt.Sscanf(out[strings.LastIndex(out, "\n\n")+2:], "%d tokens of "+helloText+", in chunks of %d,", &tokens, &chunk); err != nil || chunk != tokens || tokens < 2 || tokens > 499 {
		t.Errorf("%d tokens in chunks of %d (%v): %s", tokens, chunk, err, out)
	}
}

var gopherFile = filepath.Join("..", "..", "gopher", "gopher-7m.gguf")

// TestEvaluateRefuses: what cannot be had is an error that names the variant,
// and nothing is printed.
func TestEvaluateRefuses(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.gguf")
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitError, "built-in, activations simulate: ", []string{"--activations", "fast,simulate"}},
		{exitModel, "none.gguf", []string{"-m", gopherFile, "-m", none}},
		{exitUsage, "built-in, activations fast: ", []string{"--ctx", "300000000"}},
		{exitError, tiny + ", activations fast: ", []string{"-m", gopherFile, "-m", tiny}}, // another tokenizer
		{exitError, "none", []string{"--file", none}},
		{exitDevice, "built-in, activations fast: ", []string{"--device", "hip:9999"}},
	} {
		stdout, stderr, code := command("", append([]string{"evaluate", "--file", helloText}, c.args...)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %s%s", c.args, code, stdout, stderr)
		}
	}
}
