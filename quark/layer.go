package quark

import (
	"encoding/json"
	"fmt"

	"github.com/rocmforge/rocmforge/quant"
)

// A Layer is how the tensors of a linear layer are quantized.
type Layer struct {
	Weight Spec
	Input  Spec // the activations that the weight is multiplied with
	Output Spec // of k_proj and v_proj: the KV cache
}

// parseLayer reads a layer's configuration; null is a layer that is left alone.
func parseLayer(raw json.RawMessage) (l Layer, err error) {
	var r map[string]json.RawMessage
	if err := json.Unmarshal(raw, &r); err != nil {
		return l, fmt.Errorf("cannot be read: %w", err)
	}
	var bias Spec
	for _, field := range []struct {
		name string
		spec *Spec
	}{{"weight", &l.Weight}, {"input_tensors", &l.Input}, {"output_tensors", &l.Output}, {"bias", &bias}} {
		if *field.spec, err = parseSpec(r[field.name]); err != nil {
			return l, fmt.Errorf("%s: %w", field.name, err)
		}
	}
	switch {
	case bias.Is():
		return l, fmt.Errorf("bias: quantized biases are not supported")
	case l.Output.Is() && l.Output != (Spec{quant.FP8_E4M3, false}) && l.Output != (Spec{quant.MXFP6_E2M3, true}):
		return l, fmt.Errorf("output_tensors: %s with is_dynamic %v is not supported; supported: fp8_e4m3 with false, fp6_e2m3 with true", DType(l.Output.Type), l.Output.Dynamic)
	case l.Weight.Dynamic:
		return l, fmt.Errorf("weight: is_dynamic true is not supported")
	}
	return l, nil
}
