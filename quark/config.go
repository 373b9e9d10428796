package quark

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/strictjson"
	"github.com/rocmforge/rocmforge/quant"
)

// A Method is who quantized a folder, as quant_method says.
type Method string

// The methods that are read.
const (
	Quark Method = "quark" // AMD Quark
	FP8   Method = "fp8"   // Quark's older style: all FP8, scales of the KV cache as k_scale and v_scale
	MXFP4 Method = "mxfp4" // OpenAI: tensors of blocks and of scales
)

// Config is a quantization_config.
type Config struct {
	Method Method
	JSON   json.RawMessage // as it stands in config.json
	// KVCache is the type of KV cache that is asked for: FP8_E4M3,
	// MXFP6_E2M3, or 0.
	KVCache quant.Type

	exclude patterns[bool]
	kv      patterns[Layer]
	layers  patterns[Layer]
	types   patterns[Layer]
	global  Layer
	all     []Layer // each kind once, in the file's order
}

const key = "quantization_config"

// maxConfig bounds config.json.
const maxConfig = 16 << 20

// ReadConfig reads the quantization_config of a folder's config.json, or gives
// nil where there is none. What is not implemented is an error that names it.
func ReadConfig(dir string) (*Config, error) {
	path := filepath.Join(dir, "config.json")
	var file struct {
		Quantization json.RawMessage `json:"quantization_config"`
	}
	if err := strictjson.ReadFile(path, maxConfig, &file); err != nil {
		return nil, err
	}
	if len(file.Quantization) == 0 || string(file.Quantization) == "null" {
		return nil, nil
	}
	c, err := ParseConfig(file.Quantization)
	if err != nil {
		return nil, fileerr.New(path, fileerr.NoOffset, "", "%w", err)
	}
	return c, nil
}

// ParseConfig reads a quantization_config by itself.
func ParseConfig(text []byte) (*Config, error) {
	c := &Config{JSON: slices.Clone(text)}
	var head struct {
		Method Method `json:"quant_method"`
	}
	err := strictjson.Unmarshal(text, &head)
	if err == nil {
		c.Method = head.Method
		err = c.parse(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return c, nil
}

func (c *Config) parse(text []byte) error {
	switch c.Method {
	case Quark:
		return c.parseQuark(text)
	case FP8:
		return c.parseFP8(text)
	case MXFP4:
		c.global.Weight.Type = quant.MXFP4
		return nil
	}
	return &specError{"quant_method", c.Method, "quark, fp8, mxfp4"}
}

// rawConfig is a quantization_config as Quark writes it. Of what is not here
// nothing depends: version, quant_mode, algo_config and the patterns of export.
type rawConfig struct {
	Export struct {
		WeightFormat *string `json:"weight_format"`
		PackMethod   *string `json:"pack_method"`
	} `json:"export"`
	Exclude    []string        `json:"exclude"`
	Global     json.RawMessage `json:"global_quant_config"`
	Layers     object          `json:"layer_quant_config"`
	LayerTypes object          `json:"layer_type_quant_config"`
	KVCache    object          `json:"kv_cache_quant_config"`
	Softmax    json.RawMessage `json:"softmax_quant_spec"`
}

func (c *Config) parseQuark(text []byte) (err error) {
	var r rawConfig
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	if f := r.Export.WeightFormat; f != nil && *f != "real_quantized" {
		return &specError{"export.weight_format", f, "real_quantized"}
	}
	if m := r.Export.PackMethod; m != nil && *m != "reorder" && *m != "order" {
		return &specError{"export.pack_method", m, "reorder, order"}
	}
	if s := strings.TrimSpace(string(r.Softmax)); s != "" && s != "null" {
		return errors.New("softmax_quant_spec: quantized attention is not supported")
	}
	for _, pattern := range r.Exclude {
		if err := c.exclude.add(pattern, true); err != nil {
			return fmt.Errorf("exclude: %w", err)
		}
	}
	if len(r.Global) > 0 && string(r.Global) != "null" {
		if c.global, err = parseLayer(r.Global); err == nil {
			err = c.setCache("", c.global.Output)
		}
		if err != nil {
			return fmt.Errorf("global_quant_config: %w", err)
		}
	}
	for _, list := range []struct {
		name string
		from object
		to   *patterns[Layer]
	}{
		{"layer_quant_config", r.Layers, &c.layers}, {"kv_cache_quant_config", r.KVCache, &c.kv},
		{"layer_type_quant_config", r.LayerTypes, &c.types},
	} {
		if err := c.parseLayers(list.from, list.to); err != nil {
			return fmt.Errorf("%s: %w", list.name, err)
		}
	}
	return c.checkTypes()
}

func (c *Config) parseLayers(from object, to *patterns[Layer]) error {
	for _, m := range from {
		if string(m.value) == "null" {
			continue
		}
		l, err := parseLayer(m.value)
		if err == nil {
			err = c.setCache(m.name, l.Output)
		}
		if err == nil {
			err = to.add(m.name, l)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", fileerr.Quote(m.name), err)
		}
		if !slices.Contains(c.all, l) {
			c.all = append(c.all, l)
		}
	}
	return nil
}

// setCache notes what the outputs of k_proj and v_proj become, which is how a
// configuration asks for a KV cache.
func (c *Config) setCache(pattern string, output Spec) error {
	switch {
	case !output.Is():
		return nil
	case !strings.HasSuffix(pattern, "k_proj") && !strings.HasSuffix(pattern, "v_proj"):
		return errors.New("output_tensors is supported of k_proj and v_proj only")
	case c.KVCache != 0 && c.KVCache != output.Type:
		return fmt.Errorf("output_tensors: %s here and %s elsewhere; a KV cache has one type", DType(output.Type), DType(c.KVCache))
	}
	c.KVCache = output.Type
	return nil
}

// checkTypes refuses configurations of layers that are no linear ones.
func (c *Config) checkTypes() error {
	for name := range c.types.exact {
		if !strings.Contains(name, "Linear") {
			return &specError{"layer_type_quant_config", name, "Linear"}
		}
	}
	if len(c.types.globs) > 0 {
		return errors.New("layer_type_quant_config: patterns are not supported")
	}
	return nil
}

// parseFP8 reads the older style, which has few fields and one meaning.
func (c *Config) parseFP8(text []byte) error {
	var r struct {
		Activations string   `json:"activation_scheme"`
		Ignored     []string `json:"ignored_layers"`
		KVCache     *string  `json:"kv_cache_scheme"`
		BlockSize   []int    `json:"weight_block_size"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	switch {
	case r.Activations != "static":
		return &specError{"activation_scheme", r.Activations, "static"}
	case r.KVCache != nil && *r.KVCache != "static":
		return &specError{"kv_cache_scheme", r.KVCache, "static"}
	case r.BlockSize != nil:
		return &specError{"weight_block_size", r.BlockSize, "null"}
	}
	fp8 := Spec{Type: quant.FP8_E4M3}
	if r.KVCache != nil {
		c.KVCache = fp8.Type
	}
	c.global = Layer{Weight: fp8, Input: fp8}
	for _, name := range r.Ignored {
		if err := c.exclude.add(name, true); err != nil {
			return fmt.Errorf("ignored_layers: %w", err)
		}
	}
	return nil
}

// Layer says how a layer was quantized whose weight has a type of which fits
// says yes. The tensors have the last word: config.json is written with its
// patterns sorted, so that the first match may be another one than that by which
// Quark went. A configuration that contradicts the weight is passed over for
// the next that does not; without one, ok is false.
func (c *Config) Layer(name string, fits func(quant.Type) bool) (l Layer, ok bool) {
	for _, l := range slices.Concat(c.matches(name), []Layer{c.global}, c.all) {
		if fits(l.Weight.Type) {
			return l, true
		}
	}
	return Layer{}, false
}

// matches lists what config.json says of a layer, in Quark's order.
func (c *Config) matches(name string) (list []Layer) {
	if _, excluded := c.exclude.find(name); excluded {
		return nil
	}
	for _, p := range []*patterns[Layer]{&c.kv, &c.layers} {
		if l, ok := p.find(name); ok {
			list = append(list, l)
		}
	}
	for _, l := range c.types.exact {
		list = append(list, l)
	}
	return list
}
