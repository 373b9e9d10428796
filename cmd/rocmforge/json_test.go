package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// volatile keys have values that belong to the machine.
var volatile = map[string]bool{"available": true, "no_gpu": true, "workers": true, "arch": true, "work": true, "weights": true, "mapped": true,
	"prefill": true, "decode": true, "weight_rate": true, "copy_rate": true, "copy_share": true, "needs": true,
	"seconds": true, "load_seconds": true, "prompt_rate": true, "first_token_seconds": true, "rate": true, "figure": true, "passed": true, "skipped": true, "same": true, "worst": true, "max_abs": true, "max_rel": true, "of_allowed": true,
	"instructions": true, "loads": true, "stores": true, "atomics": true, "address": true, "instruction": true, "detail": true}

func TestJSON(t *testing.T) {
	for _, test := range []struct {
		name  string
		stdin string
		args  []string
		fails bool // the JSON is on stderr
	}{
		{name: "run", args: []string{"run", "-n", "8", "--temperature", "0", "--seed", "1", "--exact", "func (s *Stack) Push("}},
		{name: "run_logprobs", args: []string{"run", "-n", "2", "--temperature", "0", "--seed", "1", "--exact", "--logprobs", "2", "func (s *Stack) Push("}},
		{name: "chat", stdin: "package main\n", args: []string{"chat", "-n", "4", "--temperature", "0", "--seed", "1", "--exact"}},
		{name: "info", args: []string{"info"}},
		{name: "info_tensors", args: []string{"info", "--tensors", "--sha256"}},
		{name: "tokenize", args: []string{"tokenize", "--bos", "func main() {"}},
		{name: "detokenize", args: []string{"detokenize", "--tokens", "294,285,308"}},
		{name: "logits", args: []string{"logits", "--tokens", "0,294", "--all", "--exact"}},
		{name: "perplexity", args: []string{"perplexity", "--file", filepath.Join("testdata", "hello.go.txt"), "--exact"}},
		{name: "evaluate", args: []string{"evaluate", "--kv-cache-dtype", "f32,mxfp6", "--file", filepath.Join("testdata", "hello.go.txt"), "--exact"}},
		{name: "bench", args: []string{"bench", "--prompt", "8", "-n", "2", "--repeat", "1"}},
		{name: "convert", args: []string{"convert", filepath.Join("..", "..", "gopher", "gopher-7m.gguf"), filepath.Join(t.TempDir(), "out.gguf"), "--type", "keep"}},
		{name: "quantize", args: []string{"quantize", filepath.Join("..", "..", "runtime", "testdata", "goldens", "tiny", "llama-tied"), filepath.Join(t.TempDir(), "out"), "--scheme", "w_mxfp4_a_mxfp4"}},
		{name: "devices", args: []string{"devices"}},
		{name: "version", args: []string{"version"}},
		{name: "error", args: []string{"run", "--ctx", "4", "func main() { return }"}, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdout, stderr, code := command(test.stdin, append(test.args, "--json")...)
			if (code != exitDone) != test.fails {
				t.Fatalf("exit code %d, stderr %s", code, stderr)
			}
			if test.fails {
				stdout = stderr
			}
			compareJSON(t, filepath.Join("testdata", test.name+".json"), stdout)
		})
	}
}

// compareJSON compares a command's JSON with its golden: integers and text
// exactly, fractions within what different CPUs may compute.
func compareJSON(t *testing.T, golden, got string) {
	t.Helper()
	have := shorten("", parseJSON(t, got))
	if *update {
		b, err := json.MarshalIndent(have, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parseJSON(t, string(b)), have, cmp.Comparer(equalNumbers)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
	checkDocumented(t, have)
}

func parseJSON(t *testing.T, s string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200q", err, s)
	}
	return v
}

// shorten keeps the goldens readable: of arrays the first four values, of
// volatile values only the type.
func shorten(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = shorten(k, v[k])
		}
	case []any:
		for i := range v {
			v[i] = shorten("", v[i])
		}
		if n := len(v); n > 16 {
			return append(v[:4:4], fmt.Sprintf("... %d values", n))
		}
	case json.Number:
		if volatile[key] {
			return "(number)"
		}
	case string:
		if volatile[key] {
			return "(text)"
		}
	}
	return v
}

func equalNumbers(a, b json.Number) bool {
	_, err1 := strconv.ParseInt(a.String(), 10, 64)
	_, err2 := strconv.ParseInt(b.String(), 10, 64)
	if err1 == nil && err2 == nil {
		return a == b
	}
	x, _ := a.Float64()
	y, _ := b.Float64()
	return math.Abs(x-y) <= 1e-3+1e-3*math.Abs(x)
}

// checkDocumented wants every key in docs/JSON.md.
func checkDocumented(t *testing.T, v any) {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "JSON.md"))
	if err != nil {
		t.Fatal(err)
	}
	object, _ := v.(map[string]any)
	for key, value := range object {
		if !bytes.Contains(doc, []byte("`"+key+"`")) {
			t.Errorf("docs/JSON.md does not mention `%s`", key)
		}
		if key == "metadata" || key == "types" { // keys of the file
			continue
		}
		if list, ok := value.([]any); ok && len(list) > 0 {
			value = list[0]
		}
		checkDocumented(t, value)
	}
}

// TestJSONStream: a line for each token, then the object of --json.
func TestJSONStream(t *testing.T) {
	out := mustRun(t, "", "run", "--json-stream", "--logprobs", "1", "-n", "3", "--temperature", "0", "func main() {")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var last runResult
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(last.IDs) != 3 || last.Stats.Tokens != 3 {
		t.Fatalf("%v: last line %s", err, lines[len(lines)-1])
	}
	text := ""
	for i, line := range lines[:len(lines)-1] {
		var token runToken
		if err := json.Unmarshal([]byte(line), &token); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		text += token.Text
		if token.ID >= 0 && (token.ID != last.IDs[i] || token.LogProb == nil || token.Top[0].ID != token.ID) {
			t.Errorf("line %d: %s, and ids %v", i, line, last.IDs)
		}
	}
	if text != last.Text {
		t.Errorf("lines have %q, the object %q", text, last.Text)
	}
	if _, stderr, code := command("", "run", "--json-stream", "--ctx", "1", "x"); code != exitError || !json.Valid([]byte(stderr)) {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}
