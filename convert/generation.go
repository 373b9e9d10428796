package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"github.com/rocmforge/rocmforge/internal/strictjson"
)

const samplingPrefix = "general.sampling." // llama.cpp's

// sampled are the recommendations that both worlds have, by their names in
// generation_config.json and after samplingPrefix.
var sampled = []struct {
	hf, gguf string
	whole    bool
}{
	{"temperature", "temp", false},
	{"top_k", "top_k", true},
	{"top_p", "top_p", false},
	{"min_p", "min_p", false},
	{"repetition_penalty", "penalty_repeat", false},
}

// setSampling writes what generation_config.json recommends as keys. Values
// that are no numbers are left to the carried text, whose reader warns of them.
func (in *input) setSampling(dir string) error {
	var values map[string]json.RawMessage
	err := strictjson.ReadFile(filepath.Join(dir, "generation_config.json"), maxCarried, &values)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, s := range sampled {
		var v *float64
		if json.Unmarshal(values[s.hf], &v) != nil || v == nil || math.Abs(*v) > math.MaxInt32 {
			continue
		}
		if !s.whole {
			in.set(samplingPrefix+s.gguf, float32(*v))
		} else if *v == math.Trunc(*v) {
			in.set(samplingPrefix+s.gguf, int32(*v))
		}
		if s.gguf == "penalty_repeat" { // of all tokens, where GGUF's default is 64
			in.set(samplingPrefix+"penalty_last_n", int32(-1))
		}
	}
	if string(values["do_sample"]) == "false" {
		in.set(samplingPrefix+"temp", float32(0))
	}
	return nil
}

// generationConfig makes generation_config.json of a file's keys, or nothing
// if they say nothing.
func (f *export) generationConfig(ends []int32) (string, error) {
	values, err := f.recommended()
	if err != nil {
		return "", err
	}
	if len(ends) > 0 {
		values["eos_token_id"] = ends
	}
	if len(values) == 0 {
		return "", nil
	}
	text, err := json.MarshalIndent(values, "", "  ")
	return string(text) + "\n", err
}

// withSampling adds to the carried generation_config.json what the file's keys
// recommend and the text says nothing of: they were written after it.
func (f *export) withSampling(text string) (string, error) {
	var had map[string]json.RawMessage
	if err := strictjson.Unmarshal([]byte(text), &had); err != nil || had == nil {
		return text, err
	}
	values, err := f.recommended()
	if err != nil {
		return "", err
	}
	if len(had["do_sample"]) > 0 { // the text decides
		delete(values, "do_sample")
	}
	added := false
	for name, v := range values {
		if raw := string(had[name]); raw != "" && raw != "null" {
			continue
		}
		if had[name], err = json.Marshal(v); err != nil {
			return "", err
		}
		added = true
	}
	if !added {
		return text, nil
	}
	made, err := json.MarshalIndent(had, "", "  ")
	return string(made) + "\n", err
}

// recommended are the file's keys of how to sample, by their names in
// generation_config.json.
func (f *export) recommended() (map[string]any, error) {
	values := map[string]any{}
	for _, s := range sampled {
		v, ok := f.meta.Value(samplingPrefix + s.gguf)
		switch v := v.(type) {
		case float32:
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("key %s%s is %v", samplingPrefix, s.gguf, v)
			}
			values[s.hf] = v
		case int32, uint32:
			values[s.hf] = v
		default:
			if ok {
				return nil, fmt.Errorf("key %s%s is %.64q, and no number", samplingPrefix, s.gguf, fmt.Sprint(v))
			}
		}
	}
	if t, ok := values["temperature"]; ok {
		values["do_sample"] = t != float32(0)
		if t == float32(0) {
			delete(values, "temperature") // 0 is not allowed there
		}
	}
	return values, nil
}
