package runtime

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// ollamaParams are the parameters of a Modelfile that choose among tokens
// (github.com/ollama/ollama, docs/modelfile).
var ollamaParams = map[string]recommendation{
	"temperature":       {set: func(o *Sampling, v float64) error { o.Temperature = float32(v); return nil }},
	"top_k":             {set: setTopK},
	"top_p":             {set: func(o *Sampling, v float64) error { o.TopP = float32(v); return above0(v) }},
	"min_p":             {set: func(o *Sampling, v float64) error { o.MinP = float32(v); return nil }},
	"typical_p":         {set: func(o *Sampling, v float64) error { o.Typical = float32(v); return above0(v) }},
	"repeat_penalty":    {set: func(o *Sampling, v float64) error { o.RepeatPenalty = float32(v); return above0(v) }},
	"repeat_last_n":     {set: setWindow},
	"presence_penalty":  {set: func(o *Sampling, v float64) error { o.PresencePenalty = float32(v); return nil }},
	"frequency_penalty": {set: func(o *Sampling, v float64) error { o.FrequencyPenalty = float32(v); return nil }},
	"seed":              {set: setSeed},
}

// ollamaUnsupported would change what is sampled.
var ollamaUnsupported = []string{"mirostat", "tfs_z"}

func setSeed(o *Sampling, v float64) error {
	if v != math.Trunc(v) || v < 0 || v >= 1<<53 {
		return fmt.Errorf("want a whole number from 0 to %d", int64(1)<<53-1)
	}
	o.Seed = uint64(v)
	return nil
}

// ollama reads Ollama's parameters. A penalty has its window of 64 tokens there,
// unless there is another; parameters that are not of sampling are for others.
func (r *reader) ollama(params map[string]any) {
	const where = "parameter"
	if _, ok := params["repeat_penalty"]; ok {
		r.o.RepeatLastN = 64
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		v, isNumber := params[name].(float64)
		c, known := ollamaParams[name]
		switch {
		case slices.Contains(ollamaUnsupported, name) && params[name] != float64(0) && !(name == "tfs_z" && v == 1):
			r.ignore(where, name, params[name], errors.New("not supported"))
		case known && !isNumber:
			r.ignore(where, name, params[name], errors.New("want a number"))
		case known:
			r.set(where, name, c, v)
		}
	}
}
