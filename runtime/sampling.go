package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"github.com/rocmforge/rocmforge/internal/strictjson"
	"github.com/rocmforge/rocmforge/runtime/sample"
)

// generationKey has the generation_config.json of the folder that a GGUF file
// was made of.
const generationKey = "rocmforge.huggingface.generation_config"

// A recommendation is a value that a model's files may have for sampling: its
// name in generation_config.json, that of llama.cpp after general.sampling.
// (either may be none), and how it is put into the options.
type recommendation struct {
	hf, gguf string
	set      func(o *Sampling, v float64) error
}

var recommendations = []recommendation{
	{"temperature", "temp", func(o *Sampling, v float64) error { o.Temperature = float32(v); return nil }},
	{"top_k", "top_k", setTopK},
	{"top_p", "top_p", func(o *Sampling, v float64) error { o.TopP = float32(v); return above0(v) }},
	{"min_p", "min_p", func(o *Sampling, v float64) error { o.MinP = float32(v); return nil }},
	{"typical_p", "", func(o *Sampling, v float64) error { o.Typical = float32(v); return above0(v) }},
	{"repetition_penalty", "penalty_repeat", func(o *Sampling, v float64) error { o.RepeatPenalty = float32(v); return above0(v) }},
	{"", "penalty_last_n", setWindow},
}

// unsupported are names after general.sampling. that would change what is
// sampled, and are not implemented.
var unsupported = []string{"mirostat", "xtc_probability"}

func above0(v float64) error {
	if v > 0 {
		return nil
	}
	return errors.New("want a number above 0")
}

// setTopK: both worlds write 0 or -1 for all tokens.
func setTopK(o *Sampling, v float64) error {
	if v != math.Trunc(v) || v < -1 || v > math.MaxInt32 {
		return fmt.Errorf("want a whole number from -1 to %d", math.MaxInt32)
	}
	o.TopK = int(max(v, 0))
	return nil
}

// setWindow: llama.cpp's -1 is the whole text, and 0 no penalties.
func setWindow(o *Sampling, v float64) error {
	if v != math.Trunc(v) || v < -1 || v > math.MaxInt32 {
		return fmt.Errorf("want a whole number from -1 to %d", math.MaxInt32)
	}
	o.RepeatLastN = int(max(v, 0))
	if v == 0 {
		o.RepeatPenalty = 0
	}
	return nil
}

// sampling is what the files recommend, each value in place of the default; the
// keys of GGUF go before the text of a folder, and what a store says of the
// model before both.
func (f *file) sampling(o Options) Sampling {
	r := reader{o: sample.Default(), warn: o.Warn}
	r.hf(f.generationConfig())
	if f.meta != nil {
		r.gguf(f.meta.Value)
	}
	r.ollama(o.Params)
	return r.o
}

// generationConfig is the text of generation_config.json and where it stands,
// or nothing.
func (f *file) generationConfig() (where string, values map[string]json.RawMessage, err error) {
	if f.meta != nil {
		text, _ := f.meta.String(generationKey)
		if text == "" {
			return "", nil, nil
		}
		return generationKey, values, strictjson.Unmarshal([]byte(text), &values)
	}
	where = filepath.Join(f.path, "generation_config.json")
	err = strictjson.ReadFile(where, maxTokenizerConfig, &values)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return where, values, err
}

// reader collects recommendations.
type reader struct {
	o    Sampling
	warn func(string)
}

func (r *reader) ignore(where, name string, value any, err error) {
	if r.warn != nil {
		r.warn(fmt.Sprintf("%s %s is %s: %v; it is ignored", where, name, shortText(value), err))
	}
}

// shortText prints a stranger's value.
func shortText(v any) string {
	return fmt.Sprintf("%.64q", fmt.Sprint(v))
}

// set puts a value into the options if they are legal with it.
func (r *reader) set(where, name string, c recommendation, v float64) {
	o := r.o
	err := c.set(&o, v)
	if err == nil {
		err = o.Validate()
	}
	if err != nil {
		r.ignore(where, name, v, err)
		return
	}
	r.o = o
}

// hf reads generation_config.json. That it forbids sampling goes before the
// temperature.
func (r *reader) hf(where string, values map[string]json.RawMessage, err error) {
	if err != nil && r.warn != nil {
		r.warn(fmt.Sprintf("%s is ignored: %v", where, err))
	}
	for _, c := range recommendations {
		raw := values[c.hf]
		if c.hf == "" || len(raw) == 0 || string(raw) == "null" {
			continue
		}
		var v float64
		if json.Unmarshal(raw, &v) != nil {
			r.ignore(where, c.hf, string(raw), errors.New("want a number"))
			continue
		}
		r.set(where, c.hf, c, v)
	}
	switch sampled := string(values["do_sample"]); sampled {
	case "", "null", "true":
	case "false":
		r.o.Temperature = 0
	default:
		r.ignore(where, "do_sample", sampled, errors.New("want true or false"))
	}
}

// gguf reads llama.cpp's keys. A penalty has its window of 64 tokens there,
// unless the file has another.
func (r *reader) gguf(value func(key string) (any, bool)) {
	const prefix = "general.sampling."
	if _, ok := value(prefix + "penalty_repeat"); ok {
		r.o.RepeatLastN = 64
	}
	for _, c := range recommendations {
		found, ok := value(prefix + c.gguf)
		if c.gguf == "" || !ok {
			continue
		}
		v, ok := number(found)
		if !ok {
			r.ignore("key", prefix+c.gguf, found, errors.New("want a number"))
			continue
		}
		r.set("key", prefix+c.gguf, c, v)
	}
	for _, name := range unsupported {
		if found, ok := value(prefix + name); ok && found != int32(0) && found != float32(0) {
			r.ignore("key", prefix+name, found, errors.New("not supported"))
		}
	}
}

// number is a value of GGUF that is a number.
func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float32:
		return float64(x), true
	case float64:
		return x, true
	case int8:
		return float64(x), true
	case uint8:
		return float64(x), true
	case int16:
		return float64(x), true
	case uint16:
		return float64(x), true
	case int32:
		return float64(x), true
	case uint32:
		return float64(x), true
	case int64:
		return float64(x), true
	case uint64:
		return float64(x), true
	}
	return 0, false
}
