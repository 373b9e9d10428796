package quark

import (
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/quant"
)

const (
	fp4 = `{"dtype":"fp4","qscheme":"per_group","group_size":32,"ch_axis":-1,"is_dynamic":false,"scale_format":"e8m0","scale_calculation_mode":"even"}`
	fp8 = `{"dtype":"fp8_e4m3","qscheme":"per_tensor","is_dynamic":false,"symmetric":true}`
)

func quarkConfig(fields string) []byte { return []byte(`{"quant_method":"quark",` + fields + `}`) }

// edited is a spec with one field changed.
func edited(spec, from, to string) string { return strings.Replace(spec, from, to, 1) }

func TestParseConfigRefuses(t *testing.T) {
	weight := func(spec string) []byte { return quarkConfig(`"global_quant_config":{"weight":` + spec + `}`) }
	input := func(spec string) []byte { return quarkConfig(`"global_quant_config":{"input_tensors":` + spec + `}`) }
	for name, c := range map[string]struct {
		text []byte
		want string // in the error
	}{
		"no method":    {[]byte(`{}`), "quant_method"},
		"gptq":         {[]byte(`{"quant_method":"gptq"}`), `"gptq"`},
		"fake":         {quarkConfig(`"export":{"weight_format":"fake_quantized"}`), "fake_quantized"},
		"pack":         {quarkConfig(`"export":{"pack_method":"zigzag"}`), "zigzag"},
		"softmax":      {quarkConfig(`"softmax_quant_spec":` + fp8), "softmax_quant_spec"},
		"stages":       {weight("[" + fp4 + "," + fp8 + "]"), "several stages"},
		"int4":         {weight(edited(fp4, "fp4", "int4")), `"int4"`},
		"old mx":       {weight(`{"dtype":"mx","mx_element_dtype":"fp4"}`), "old format"},
		"nvfp4":        {weight(edited(fp4, "e8m0", "fp8_e4m3")), "scale_format"},
		"group":        {weight(edited(fp4, ":32", ":16")), "group_size of fp4 16"},
		"no group":     {weight(edited(fp4, `"group_size":32,`, "")), "group_size"},
		"axis":         {weight(edited(fp4, ":-1", ":0")), "ch_axis"},
		"channel":      {weight(edited(fp8, "per_tensor", "per_channel")), "per_channel"},
		"scale quant":  {weight(edited(fp4, `"is_dynamic"`, `"is_scale_quant":true,"is_dynamic"`)), "is_scale_quant"},
		"dynamic":      {weight(edited(fp4, "false", "true")), "is_dynamic"},
		"floor":        {input(edited(edited(fp4, "even", "floor"), "false", "true")), "scale_calculation_mode of activations"},
		"bias":         {quarkConfig(`"global_quant_config":{"bias":` + fp8 + `}`), "bias"},
		"output":       {quarkConfig(`"kv_cache_quant_config":{"*k_proj":{"output_tensors":` + fp4 + `}}`), "output_tensors"},
		"layer":        {quarkConfig(`"layer_quant_config":{"a":{"weight":` + edited(fp4, "fp4", "fp5") + `}}`), `"a": weight`},
		"expression":   {quarkConfig(`"exclude":["re:(a"]`), "exclude"},
		"type":         {quarkConfig(`"layer_type_quant_config":{"Embedding":{"weight":` + fp4 + `}}`), "Embedding"},
		"fp8 dynamic":  {[]byte(`{"quant_method":"fp8","activation_scheme":"dynamic"}`), "dynamic"},
		"fp8 in block": {[]byte(`{"quant_method":"fp8","activation_scheme":"static","weight_block_size":[128,128]}`), "weight_block_size"},
	} {
		if _, err := ParseConfig(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestLayer(t *testing.T) {
	dynamic := edited(fp4, "false", "true")
	c, err := ParseConfig(quarkConfig(`
		"exclude":["lm_head","re:.*router$"],
		"global_quant_config":{"weight":` + fp4 + `,"input_tensors":` + dynamic + `},
		"layer_quant_config":{"*down_proj":{"weight":` + fp8 + `,"input_tensors":` + fp8 + `},"model.layers.[01].*":{"weight":` + fp4 + `}},
		"kv_cache_quant_config":{"*k_proj":{"weight":` + fp8 + `,"output_tensors":` + fp8 + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	is := func(want quant.Type) func(quant.Type) bool { return func(t quant.Type) bool { return t == want } }
	for _, l := range []struct {
		name   string
		weight quant.Type // that the tensor has
		input  quant.Type
		ok     bool
	}{
		{"model.layers.5.self_attn.q_proj", quant.MXFP4, quant.MXFP4, true},
		{"model.layers.5.mlp.down_proj", quant.FP8_E4M3, quant.FP8_E4M3, true},
		{"model.layers.1.self_attn.q_proj", quant.MXFP4, 0, true},
		{"model.layers.1.self_attn.q_proj", quant.FP8_E4M3, quant.FP8_E4M3, true}, // contradicts: the next that fits
		{"model.layers.2.self_attn.k_proj", quant.FP8_E4M3, 0, true},
		{"model.layers.2.self_attn.k_proj", quant.MXFP6_E2M3, 0, false},
		{"lm_head", quant.MXFP4, quant.MXFP4, true}, // excluded, and quantized all the same
	} {
		got, ok := c.Layer(l.name, is(l.weight))
		if ok != l.ok || ok && (got.Input.Type != l.input || got.Weight.Type != l.weight) {
			t.Errorf("%s of %s: %+v, %v", l.name, l.weight, got, ok)
		}
	}
}

func TestFnmatch(t *testing.T) {
	for _, c := range []struct {
		glob, name string
		want       bool
	}{
		{"*k_proj", "a.b.k_proj", true}, {"*k_proj", "a.k_proj.x", false}, {"a.?", "a.b", true}, {"a.?", "a.", false},
		{"[ab]c", "bc", true}, {"[!ab]c", "bc", false}, {"[a-c]x", "bx", true}, {"[", "[", true}, {"[]x]", "]", true}, {"a+(b", "a+(b", true},
		{"é*.?x", "é.ñx", true}, {"é*", "Ã©a", false},
	} {
		var p patterns[bool]
		if err := p.add(c.glob, true); err != nil {
			t.Fatal(err)
		}
		if got, _ := p.find(c.name); got != c.want {
			t.Errorf("%q matches %q: %v", c.glob, c.name, got)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(quarkConfig(`"global_quant_config":{"weight":` + fp4 + `},"exclude":["lm_head","re:x","[a"]`))
	f.Add([]byte(`{"quant_method":"fp8","activation_scheme":"static"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := ParseConfig(text); err == nil {
			c.Layer("model.layers.0.self_attn.q_proj", func(t quant.Type) bool { return t == quant.MXFP4 })
		}
	})
}
