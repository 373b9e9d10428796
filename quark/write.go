package quark

import (
	"encoding/json"

	"github.com/rocmforge/rocmforge/quant"
)

// A Description is a quantization_config to write.
type Description struct {
	Global  Layer
	Layers  map[string]Layer // by pattern
	KVCache map[string]Layer // of k_proj and v_proj, by pattern
	Exclude []string
	Algo    any // informative: what changed the weights before they were rounded
}

// writtenSpec is a tensor's specification with all fields of Quark 0.13.
type writtenSpec struct {
	BlockSize     *int    `json:"block_size"`
	ChAxis        *int    `json:"ch_axis"`
	DType         string  `json:"dtype"`
	BufferReuse   bool    `json:"enable_buffer_reuse"`
	GroupSize     *int    `json:"group_size"`
	IsDynamic     bool    `json:"is_dynamic"`
	IsScaleQuant  bool    `json:"is_scale_quant"`
	MaxInputNumel int     `json:"max_input_numel"`
	MXElement     *string `json:"mx_element_dtype"`
	Observer      string  `json:"observer_cls"`
	QScheme       string  `json:"qscheme"`
	RoundMethod   string  `json:"round_method"`
	ScaleMode     *string `json:"scale_calculation_mode"`
	ScaleFormat   *string `json:"scale_format"`
	ScaleType     *string `json:"scale_type"`
	Symmetric     *bool   `json:"symmetric"`
	ZeroPoint     string  `json:"zero_point_type"`
}

// written gives a specification its fields, or null if there is none.
func (s Spec) written(output bool) *writtenSpec {
	if !s.Is() {
		return nil
	}
	w := &writtenSpec{
		DType: DType(s.Type), IsDynamic: s.Dynamic, MaxInputNumel: 4194304, RoundMethod: "half_even",
		ScaleType: new("float"), ZeroPoint: "int32",
	}
	if s.Type == quant.FP8_E4M3 {
		w.Observer, w.QScheme, w.Symmetric = "PerTensorMinMaxObserver", "per_tensor", new(true)
	} else {
		w.Observer, w.QScheme = "PerBlockMXObserver", "per_group"
		w.ChAxis, w.GroupSize, w.ScaleMode, w.ScaleFormat = new(-1), new(Group), new("even"), new("e8m0")
	}
	if output {
		w.ScaleType = nil
	}
	return w
}

// writtenLayer is a layer's configuration with all fields.
type writtenLayer struct {
	Bias   *writtenSpec `json:"bias"`
	Input  *writtenSpec `json:"input_tensors"`
	Output *writtenSpec `json:"output_tensors"`
	Device *string      `json:"target_device"`
	Weight *writtenSpec `json:"weight"`
}

func (l Layer) written() writtenLayer {
	return writtenLayer{Input: l.Input.written(false), Output: l.Output.written(true), Weight: l.Weight.written(false)}
}

func writtenLayers(layers map[string]Layer) map[string]writtenLayer {
	out := map[string]writtenLayer{}
	for name, l := range layers {
		out[name] = l.written()
	}
	return out
}

// JSON is the quantization_config as Quark 0.13 writes it.
func (d *Description) JSON() json.RawMessage {
	kvGroup := []string{}
	if len(d.KVCache) > 0 {
		kvGroup = append(kvGroup, "*k_proj", "*v_proj")
	}
	b, err := json.Marshal(map[string]any{
		"algo_config": d.Algo,
		"exclude":     append([]string{}, d.Exclude...),
		"export": map[string]any{
			"kv_cache_group": kvGroup, "min_kv_scale": 0.0, "pack_method": "reorder",
			"weight_format": "real_quantized", "weight_merge_groups": nil,
		},
		"global_quant_config":     d.Global.written(),
		"kv_cache_post_rope":      false,
		"kv_cache_quant_config":   writtenLayers(d.KVCache),
		"layer_quant_config":      writtenLayers(d.Layers),
		"layer_type_quant_config": map[string]any{},
		"quant_method":            Quark,
		"quant_mode":              "eager_mode",
		"softmax_quant_spec":      nil,
		"version":                 "0.13",
	})
	if err != nil { // nothing here can fail
		panic("quark: " + err.Error())
	}
	return b
}

// A Part is one of the tensors that a quantized weight becomes in safetensors.
type Part struct {
	Name  string
	DType string // as safetensors spell it
	Shape []int64
}

// Parts lists the tensors of a weight [.., K] of type t: codes and scales. A
// weight of FP8_E4M3 has one scale, in BF16.
func Parts(name string, t quant.Type, shape []int) []Part {
	codes, scales := make([]int64, len(shape)), []int64{}
	for i, d := range shape {
		codes[i] = int64(d)
	}
	if t == quant.FP8_E4M3 {
		return []Part{{name, "F8_E4M3", codes}, {name + WeightScale, "BF16", scales}}
	}
	last := len(shape) - 1
	scales = append(scales, codes...)
	scales[last] /= Group
	codes[last] = scales[last] * int64(CodeBytes(t))
	return []Part{{name, "U8", codes}, {name + WeightScale, "U8", scales}}
}
