package quantize

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/strictjson"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quark"
)

// configJSON is the input's config.json with a quantization_config.
func (j *job) configJSON() ([]byte, error) {
	var config map[string]json.RawMessage
	if err := strictjson.ReadFile(filepath.Join(j.in, "config.json"), 16<<20, &config); err != nil {
		return nil, err
	}
	d, err := j.description()
	if err != nil {
		return nil, err
	}
	config["quantization_config"] = d.JSON()
	b, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, append(b, '\n'), "", "  ")
	return out.Bytes(), err
}

// description says what was done: what most layers have in common for all, and
// the others by their exact names, since patterns are read in another order than
// they are written.
func (j *job) description() (*quark.Description, error) {
	d := &quark.Description{Layers: map[string]quark.Layer{}, KVCache: map[string]quark.Layer{}}
	if j.Algorithm == AutoSmoothQuant {
		d.Algo = []map[string]string{{"name": "smooth"}}
	}
	count := map[quark.Layer]int{}
	for _, name := range slices.Sorted(maps.Keys(j.layers)) { // of kinds as frequent, always the same is global
		l := j.layers[name]
		l.Output = quark.Spec{}
		if count[l]++; count[l] > count[d.Global] {
			d.Global = l
		}
	}
	pairs, err := models.TensorNames(j.config)
	if err != nil {
		return nil, err
	}
	for _, pair := range pairs {
		name, ok := strings.CutSuffix(pair.HF, ".weight")
		if !ok || pair.Role != weights.Matrix {
			continue
		}
		l, quantized := j.layers[name]
		switch {
		case !quantized:
			d.Exclude = append(d.Exclude, name)
		case l.Output.Is():
			d.Layers[name], d.KVCache[name] = l, l
		case l != d.Global:
			d.Layers[name] = l
		}
	}
	common(d)
	slices.Sort(d.Exclude)
	return d, nil
}

// common writes the layers of the KV cache as Quark's templates do, if all of
// them are alike.
func common(d *quark.Description) {
	var one quark.Layer
	for _, l := range d.KVCache {
		if one != (quark.Layer{}) && l != one {
			return
		}
		one = l
	}
	if len(d.KVCache) == 0 {
		return
	}
	for name := range d.KVCache {
		delete(d.Layers, name)
	}
	d.KVCache = map[string]quark.Layer{"*k_proj": one, "*v_proj": one}
	for pattern, l := range d.KVCache {
		d.Layers[pattern] = l
	}
}
