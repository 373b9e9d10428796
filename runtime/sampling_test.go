package runtime

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/runtime/sample"
)

// recommended reads what a folder's text and a file's keys say.
func recommended(t *testing.T, text string, keys map[string]any) (Sampling, []string) {
	t.Helper()
	var warnings []string
	r := reader{o: sample.Default(), warn: func(s string) { warnings = append(warnings, s) }}
	var values map[string]json.RawMessage
	if text != "" {
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			t.Fatal(err)
		}
	}
	r.hf("generation_config.json", values, nil)
	r.gguf(func(key string) (any, bool) {
		v, ok := keys[strings.TrimPrefix(key, "general.sampling.")]
		return v, ok
	})
	return r.o, warnings
}

func TestRecommendedSampling(t *testing.T) {
	d := sample.Default()
	with := func(change func(o *Sampling)) Sampling { o := d; change(&o); return o }
	for name, c := range map[string]struct {
		text string
		keys map[string]any
		want Sampling
	}{
		"nothing":   {`{"eos_token_id": 2, "top_k": null}`, nil, d},
		"Llama 3.2": {`{"do_sample": true, "temperature": 0.6, "top_p": 0.9}`, nil, with(func(o *Sampling) { o.Temperature, o.TopP = 0.6, 0.9 })},
		"greedy":    {`{"do_sample": false, "temperature": 0.6}`, nil, with(func(o *Sampling) { o.Temperature = 0 })},
		"all": {`{"top_k": 20, "min_p": 0, "typical_p": 0.9, "repetition_penalty": 1.05}`, nil,
			with(func(o *Sampling) { o.TopK, o.MinP, o.Typical, o.RepeatPenalty = 20, 0, 0.9, 1.05 })},
		"no top-k": {`{"top_k": -1}`, nil, with(func(o *Sampling) { o.TopK = 0 })},
		"keys": {"", map[string]any{"temp": float32(1), "top_k": int32(64), "top_p": float32(0.9), "min_p": float32(0), "penalty_repeat": float32(1.1)},
			Sampling{Temperature: 1, TopK: 64, TopP: 0.9, RepeatPenalty: 1.1, RepeatLastN: 64}},
		"keys go first":   {`{"temperature": 0.2, "top_p": 0.5}`, map[string]any{"temp": float32(1)}, with(func(o *Sampling) { o.Temperature, o.TopP = 1, 0.5 })},
		"window":          {"", map[string]any{"penalty_repeat": float32(2), "penalty_last_n": int32(-1)}, with(func(o *Sampling) { o.RepeatPenalty = 2 })},
		"empty window":    {"", map[string]any{"penalty_repeat": float32(2), "penalty_last_n": int32(0)}, d},
		"mirostat is off": {"", map[string]any{"mirostat": int32(0)}, d},
	} {
		if got, warnings := recommended(t, c.text, c.keys); !same(got, c.want) || warnings != nil {
			t.Errorf("%s: %+v %v; want %+v", name, got, warnings, c.want)
		}
	}
}

func same(a, b Sampling) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// TestBadRecommendations: what makes no sense is told, and changes nothing.
func TestBadRecommendations(t *testing.T) {
	for _, text := range []string{
		`{"temperature": -1}`, `{"temperature": 1e300}`, `{"temperature": "hot"}`, `{"temperature": [1]}`, `{"top_k": 1.5}`, `{"top_k": -2}`,
		`{"top_k": 1e18}`, `{"top_p": 0}`, `{"top_p": 1.5}`, `{"min_p": 2}`, `{"typical_p": -0.1}`, `{"repetition_penalty": 0}`,
		`{"do_sample": "false"}`,
	} {
		if got, warnings := recommended(t, text, nil); !same(got, sample.Default()) || len(warnings) != 1 {
			t.Errorf("%s: %+v %q", text, got, warnings)
		}
	}
	for key, value := range map[string]any{
		"temp": float32(math.NaN()), "top_k": "many", "top_p": []float32{1}, "min_p": float32(-1), "penalty_last_n": int32(-2), "mirostat": int32(2), "xtc_probability": float32(0.5),
	} {
		if got, warnings := recommended(t, "", map[string]any{key: value}); !same(got, sample.Default()) || len(warnings) != 1 {
			t.Errorf("%s %v: %+v %q", key, value, got, warnings)
		}
	}
}

// TestModelSampling: files are read as they are opened, and nil samples so.
func TestModelSampling(t *testing.T) {
	path := editedGopher(t, map[string]any{"general.sampling.temp": float32(0), "general.sampling.top_p": float32(7)})
	var warnings []string
	m, err := Open(path, Options{Device: testDevice, Warn: func(s string) { warnings = append(warnings, s) }})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Sampling().Temperature != 0 || len(warnings) != 1 || !strings.Contains(warnings[0], `general.sampling.top_p is "7"`) {
		t.Errorf("%+v %q", m.Sampling(), warnings)
	}
	o := plainTokens
	want := mustGenerate(t, newSession(t, m), someIDs(5, 1), o)
	m.sampling.RepeatPenalty = 0
	o.Sampling = nil
	if got := mustGenerate(t, newSession(t, m), someIDs(5, 1), o); !slices.Equal(got, want) {
		t.Errorf("%v; want the greedy %v", got, want)
	}
}

func TestGenerationConfig(t *testing.T) {
	dir := t.TempDir()
	f := &file{path: dir}
	var warnings []string
	warn := func(s string) { warnings = append(warnings, s) }
	if got := f.sampling(Options{Warn: warn}); !same(got, sample.Default()) {
		t.Errorf("without a file: %+v", got)
	}
	path := filepath.Join(dir, "generation_config.json")
	for text, want := range map[string]float32{`{"temperature": 0.25}`: 0.25, `[1]`: 0.7} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := f.sampling(Options{Warn: warn}); got.Temperature != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], path) {
		t.Errorf("warnings %q", warnings)
	}
}

// TestSeedIsChosen: 0 is another seed each time, and that seed gives the same
// text again.
func TestSeedIsChosen(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	with := func(seed uint64) []int32 {
		s.Reset()
		return mustGenerate(t, s, someIDs(5, 1), GenerateOptions{MaxTokens: 12, IgnoreEOS: true, Sampling: &Sampling{Temperature: 1, Seed: seed}})
	}
	first := with(0)
	seed := s.Seed()
	with(0)
	if seed == 0 || s.Seed() == seed {
		t.Errorf("seeds %d and %d", seed, s.Seed())
	}
	if again := with(seed); !slices.Equal(again, first) || s.Seed() != seed {
		t.Errorf("seed %d gave %v, then %v", seed, first, again)
	}
}

// TestOllamaParams puts the parameters of a store before what the files say.
func TestOllamaParams(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "generation_config.json"), []byte(`{"temperature": 0.25, "top_k": 7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	o := Options{Warn: func(s string) { warnings = append(warnings, s) }, Params: map[string]any{
		"temperature": 0.6, "repeat_penalty": 1.1, "min_p": 0.0, "seed": 42.0, "num_ctx": 8192.0, "stop": []string{"x"},
		"mirostat": 2.0, "top_p": "much", "typical_p": -1.0,
	}}
	got := (&file{path: dir}).sampling(o)
	want := sample.Default()
	want.Temperature, want.TopK, want.RepeatPenalty, want.RepeatLastN, want.MinP, want.Seed = 0.6, 7, 1.1, 64, 0, 42
	if !same(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	for i, name := range []string{"mirostat", "top_p", "typical_p"} {
		if len(warnings) != 3 || !strings.Contains(warnings[i], name) {
			t.Errorf("warnings %q; %s was expected", warnings, name)
		}
	}
}
