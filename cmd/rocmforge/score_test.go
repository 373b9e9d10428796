package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// answers runs score over lines, with the built-in model.
func answers(t *testing.T, lines ...string) (all []map[string]any) {
	t.Helper()
	return answersOf(t, lines)
}

func answersOf(t *testing.T, lines []string, flags ...string) (all []map[string]any) {
	t.Helper()
	out := mustRun(t, strings.Join(lines, "\n"), append([]string{"score", "--exact", "--device", "cpu"}, flags...)...)
	for line := range strings.Lines(out) {
		a := parseJSON(t, line).(map[string]any)
		checkDocumented(t, a)
		all = append(all, a)
	}
	if len(all) != len(lines) {
		t.Fatalf("%d answers to %d requests: %s", len(all), len(lines), out)
	}
	return all
}

func TestScore(t *testing.T) {
	got := answers(t,
		`{"id": 1, "op": "model"}`,
		`{"id": "two", "op": "loglikelihood", "context": "type Stack struct", "continuation": " {\n"}`,
		`{"id": [3], "op": "loglikelihood", "context": "type Stack struct", "continuation": " main"}`,
		`{"op": "loglikelihood_rolling", "text": "package main\n"}`,
		`{"id": 5, "op": "generate_until", "context": "type Stack struct", "until": ["\n"], "max_tokens": 8}`,
	)
	if a := got[0]; a["model"] != "built-in" || a["device"] != "cpu" || a["context"] != json.Number("1024") {
		t.Errorf("%v", a)
	}
	likely, _ := got[1]["logprob"].(json.Number).Float64()
	unlikely, _ := got[2]["logprob"].(json.Number).Float64()
	if likely <= unlikely || likely >= 0 || got[1]["greedy"] != true || got[2]["greedy"] != false || got[1]["id"] != "two" {
		t.Errorf("%v, %v", got[1], got[2])
	}
	if a := got[3]; a["id"] != nil || a["logprob"] == nil || a["tokens"] == nil {
		t.Errorf("%v", a)
	}
	if a := got[4]; a["text"] != " {" || a["stop"] != "stop" || a["id"] != json.Number("5") {
		t.Errorf("%v", a)
	}
}

// TestScoreBadRequests: each is an error in its answer, and the next is read.
func TestScoreBadRequests(t *testing.T) {
	good := `{"id": 1, "op": "loglikelihood", "context": "x", "continuation": " = y"}`
	for _, bad := range []string{
		``, `x`, `null`, `[]`, `{}`, `{"op": 1}`, `{"op": "magic"}`, good + good, `{"op": "model", "op": "model"}`,
		`{"op": "loglikelihood", "context": "x"}`, `{"op": "loglikelihood", "continuation": "x"}`,
		`{"op": "loglikelihood", "context": "x", "continuation": ""}`, "{\"op\": \"loglikelihood\", \"context\": \"\xff\", \"continuation\": \"x\"}",
		`{"op": "loglikelihood", "context": "x", "continuation": "` + strings.Repeat("x = y;", 5000) + `"}`,
		`{"op": "loglikelihood_rolling"}`, `{"op": "generate_until"}`,
		`{"op": "generate_until", "context": "x", "max_tokens": 0}`, `{"op": "generate_until", "context": "x", "max_tokens": 100000}`,
		`{"op": "generate_until", "context": "x", "until": [""]}`, `{"op": "generate_until", "context": "x", "until": "x"}`,
		`{"op": "model", "id": ` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		`{"op": "loglikelihood_rolling", "text": "` + strings.Repeat("x", maxRequest) + `"}`,
	} {
		got := answers(t, bad, good)
		if got[0]["error"] == nil || got[1]["logprob"] == nil {
			t.Errorf("%.80q: %v, %v", bad, got[0], got[1])
		}
	}
	if out, _, code := command("", "score", "--device", "hip:9999"); code != exitDevice || out != "" {
		t.Errorf("exit code %d, %s", code, out)
	}
}
