// Package quark reads and writes what AMD Quark says about a model that it
// quantized: the quantization_config of config.json, and the packed weights and
// scales of a linear layer. OpenAI's packing of MXFP4 is here, too: it has the
// same bytes under other names.
//
// Facts about the format come from Quark 0.13's own output. The package knows
// no model and opens no file but config.json.
package quark

import "github.com/rocmforge/rocmforge/quant"

// Suffixes of the tensors that Quark puts beside a linear layer's weight.
const (
	WeightScale = "_scale"        // of NAME.weight: E8M0 [N, K/32], or a number
	InputScale  = ".input_scale"  // of the layer: a number
	OutputScale = ".output_scale" // of k_proj and v_proj: a number, of the KV cache
)

// Group is how many elements share a scale.
const Group = 32

// dtypes are Quark's names of the element types, as tensor types of ours.
var dtypes = map[string]quant.Type{
	"fp4": quant.MXFP4, "fp6_e2m3": quant.MXFP6_E2M3, "fp6_e3m2": quant.MXFP6_E3M2, "fp8_e4m3": quant.FP8_E4M3,
}

// DType is Quark's name of a tensor type, or "" if it has none.
func DType(t quant.Type) string {
	for name, typ := range dtypes {
		if typ == t {
			return name
		}
	}
	return ""
}
