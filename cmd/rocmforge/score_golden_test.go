package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

var lmTasks = filepath.Join("..", "..", "scripts", "testdata", "lm_eval")

// TestGoldenLMEval compares with what lm-evaluation-harness got from another
// engine, of texts that are longer than the context, too.
func TestGoldenLMEval(t *testing.T) {
	model := goldens.Shared(t, "models/gopher-7m")
	b, err := os.ReadFile(filepath.Join(lmTasks, "hf.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Choice [][]struct {
			LogProb json.RawMessage `json:"logprob"`
			Greedy  bool            `json:"greedy"`
		} `json:"choice"`
		Until   []string          `json:"until"`
		Rolling []json.RawMessage `json:"rolling"`
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	ask := func(requests []map[string]any) []map[string]any {
		var lines []string
		for _, r := range requests {
			line, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(line))
		}
		return answersOf(t, lines, "-m", model, "--ctx", "64")
	}
	for i, doc := range lmDocs(t, "choice") {
		var requests []map[string]any
		for _, choice := range doc["choices"].([]any) {
			requests = append(requests, map[string]any{"op": "loglikelihood", "context": doc["context"], "continuation": choice})
		}
		for j, got := range ask(requests) {
			near(t, "choice", want.Choice[i][j].LogProb, got["logprob"])
			if got["greedy"] != want.Choice[i][j].Greedy {
				t.Errorf("%v: %v", requests[j], got)
			}
		}
	}
	for i, doc := range lmDocs(t, "until") {
		got := ask([]map[string]any{{"op": "generate_until", "context": doc["context"], "until": []string{"\n"}, "max_tokens": 12}})
		if got[0]["text"] != want.Until[i] {
			t.Errorf("%v: %v; want %q", doc, got, want.Until[i])
		}
	}
	for i, doc := range lmDocs(t, "rolling") {
		near(t, "rolling", want.Rolling[i], ask([]map[string]any{{"op": "loglikelihood_rolling", "text": doc["text"]}})[0]["logprob"])
	}
}

// lmDocs are the questions of a task.
func lmDocs(t *testing.T, task string) (docs []map[string]any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(lmTasks, "go_"+task+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var doc map[string]any
		if err := json.Unmarshal([]byte(line), &doc); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	return docs
}
