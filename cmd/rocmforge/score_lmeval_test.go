package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestLMEval runs lm-evaluation-harness on tasks of this repository, and
// compares each figure with what score says of the same texts.
// ROCMFORGE_LMEVAL_PYTHON is a Python with scripts/requirements-lm-eval.txt.
func TestLMEval(t *testing.T) {
	python := os.Getenv("ROCMFORGE_LMEVAL_PYTHON")
	if python == "" {
		t.Skip("set ROCMFORGE_LMEVAL_PYTHON to a Python that has scripts/requirements-lm-eval.txt")
	}
	scripts, err := filepath.Abs(filepath.Join("..", "..", "scripts"))
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	c := exec.Command(python, filepath.Join(scripts, "lm_eval_rocmforge.py"), "--model", "rocmforge", "--model_args", "program="+os.Args[0]+",device=cpu,exact=True",
		"--tasks", "rocmforge_go_choice,rocmforge_go_until,rocmforge_go_rolling", "--include_path", ".", "--output_path", out, "--log_samples")
	c.Dir = filepath.Join(scripts, "testdata", "lm_eval")
	c.Env = append(os.Environ(), "ROCMFORGE_TEST_MAIN=1", "HF_HOME="+t.TempDir(), "HF_DATASETS_OFFLINE=1", "HF_HUB_OFFLINE=1")
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	checkChoices(t, lmSamples(t, out, "choice"), lmResults(t, out)["rocmforge_go_choice"])
	checkTexts(t, lmSamples(t, out, "until"), lmResults(t, out)["rocmforge_go_until"])
	for _, s := range lmSamples(t, out, "rolling") {
		request := map[string]any{"op": "loglikelihood_rolling", "text": s.Doc["text"]}
		near(t, "rolling", s.Resps[0][0], scored(t, request)["logprob"])
	}
}

// lmSample is a line of --log_samples. A resp is a text, or a list of texts.
type lmSample struct {
	Doc   map[string]any      `json:"doc"`
	Resps [][]json.RawMessage `json:"resps"`
}

func lmSamples(t *testing.T, dir, task string) (all []lmSample) {
	t.Helper()
	for line := range strings.Lines(lmFile(t, dir, "samples_rocmforge_go_"+task+"_*.jsonl")) {
		var s lmSample
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if len(all) < 2 {
		t.Fatalf("%s: %d samples", task, len(all))
	}
	return all
}

func lmResults(t *testing.T, dir string) map[string]map[string]any {
	t.Helper()
	var r struct {
		Results map[string]map[string]any `json:"results"`
	}
	if err := json.Unmarshal([]byte(lmFile(t, dir, "results_*.json")), &r); err != nil {
		t.Fatal(err)
	}
	return r.Results
}

func lmFile(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// scored asks for one answer.
func scored(t *testing.T, request map[string]any) map[string]any {
	t.Helper()
	line, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return answers(t, string(line))[0]
}

// checkChoices also counts right answers, and wants some of both kinds.
func checkChoices(t *testing.T, samples []lmSample, result map[string]any) {
	right := 0
	for _, s := range samples {
		best, answer := math.Inf(-1), 0
		for i, choice := range s.Doc["choices"].([]any) {
			got := scored(t, map[string]any{"op": "loglikelihood", "context": s.Doc["context"], "continuation": choice})
			var resp []json.RawMessage
			if err := json.Unmarshal(s.Resps[i][0], &resp); err != nil {
				t.Fatal(err)
			}
			near(t, "choice", resp[0], got["logprob"])
			if l, _ := got["logprob"].(json.Number).Float64(); l > best {
				best, answer = l, i
			}
		}
		if float64(answer) == s.Doc["answer"].(float64) {
			right++
		}
	}
	if share := float64(right) / float64(len(samples)); result["acc,none"] != share || right == 0 || right == len(samples) {
		t.Errorf("accuracy %v; want %v", result["acc,none"], share)
	}
}

func checkTexts(t *testing.T, samples []lmSample, result map[string]any) {
	right := 0
	for _, s := range samples {
		got := scored(t, map[string]any{"op": "generate_until", "context": s.Doc["context"], "until": []string{"\n"}, "max_tokens": 12})
		var resp string
		if err := json.Unmarshal(s.Resps[0][0], &resp); err != nil || resp != got["text"] {
			t.Errorf("%v: %q; want %q (%v)", s.Doc["context"], resp, got["text"], err)
		}
		if resp == s.Doc["target"] {
			right++
		}
	}
	if share := float64(right) / float64(len(samples)); result["exact_match,none"] != share || right == 0 || right == len(samples) {
		t.Errorf("exact match %v; want %v", result["exact_match,none"], share)
	}
}

// near compares a number that lm-eval wrote as text. One of many tokens is as
// near as float32 is to such a sum.
func near(t *testing.T, what string, got json.RawMessage, want any) {
	t.Helper()
	g, err := strconv.ParseFloat(strings.Trim(string(got), `"`), 64)
	w, _ := want.(json.Number).Float64()
	if err != nil || math.Abs(g-w) > max(5e-5, 5e-7*math.Abs(w)) {
		t.Errorf("%s: %s; want %v (%v)", what, got, want, err)
	}
}
