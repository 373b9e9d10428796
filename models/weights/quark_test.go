package weights

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/safetensors"
)

// raw is a tensor of a file; its bytes count from 1.
type raw struct {
	name  string
	dtype safetensors.DType
	shape []int64
}

// quarkFile opens tensors with a configuration of Quark's.
func quarkFile(t testing.TB, config string, tensors ...raw) (Source, error) {
	t.Helper()
	var b bytes.Buffer
	w := safetensors.NewWriter(&b)
	for _, x := range tensors {
		w.AddTensor(x.name, x.dtype, x.shape)
	}
	for _, x := range tensors {
		n := x.dtype.Size()
		for _, d := range x.shape {
			n *= d
		}
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i + 1)
		}
		if n > 0 {
			w.WriteData(x.name, data)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	c, err := quark.ParseConfig([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	return FromQuark(f, c)
}

const (
	plainConfig = `{"quant_method":"quark"}`
	u8, f8      = safetensors.U8, safetensors.F8_E4M3
)

// good is a weight of MXFP4 that makes a file a quantized one.
var good = []raw{{"a.weight", u8, []int64{2, 32}}, {"a.weight_scale", u8, []int64{2, 2}}}

func TestQuarkTensors(t *testing.T) {
	src, err := quarkFile(t, plainConfig, slices.Concat(good, []raw{
		{"a.bias", safetensors.BF16, []int64{2}},
		{"b.experts.up_blocks", u8, []int64{3, 2, 1, 16}}, {"b.experts.up_scales", u8, []int64{3, 2, 1}},
		{"b.down_blocks", u8, []int64{2, 1, 16}}, {"b.down_scales", u8, []int64{2, 1}},
		{"c.weight", f8, []int64{2, 3}}, {"c.weight_scale", safetensors.F32, []int64{1}},
		{"c.input_scale", safetensors.BF16, nil}, {"x.self_attn.k_scale", safetensors.BF16, []int64{1}},
	})...)
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		Type  quant.Type
		Shape []int
		Size  int
	}
	got := map[string]seen{}
	for _, name := range src.Names() {
		x, _ := src.Tensor(name)
		got[name] = seen{x.Type, x.Shape, x.Size}
	}
	want := map[string]seen{
		"a.weight":                        {quant.MXFP4, []int{2, 64}, 68},
		"a.bias":                          {quant.BF16, []int{2}, 4},
		"b.experts.up":                    {quant.MXFP4, []int{3, 2, 32}, 102},
		"b.down.weight":                   {quant.MXFP4, []int{2, 32}, 34},
		"c.weight":                        {quant.FP8_E4M3, []int{2, 3}, 6},
		"c.input_scale":                   {quant.BF16, []int{1}, 2},
		"x.self_attn.k_proj.output_scale": {quant.BF16, []int{1}, 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	x, _ := src.Tensor("a.weight")
	data, err := x.Bytes()
	if err != nil || len(data) != x.Size || data[0] != 1 || data[17] != 2 { // scales lead their blocks
		t.Errorf("blocks %x (%v)", data, err)
	}
}

func TestQuarkRefuses(t *testing.T) {
	for want, tensors := range map[string][]raw{
		"16 or 24 bytes for each scale":  {{"a.weight", u8, []int64{2, 31}}, {"a.weight_scale", u8, []int64{2, 2}}},
		"one byte for each 32 elements":  {{"a.weight", u8, []int64{2, 32}}, {"a.weight_scale", u8, []int64{3, 2}}},
		"one byte for each 32 elements ": {{"a.weight", u8, []int64{2, 32}}, {"a.weight_scale", safetensors.BF16, []int64{2, 2}}},
		"fp6_e2m3 or fp6_e3m2":           {{"a.weight", u8, []int64{2, 24}}, {"a.weight_scale", u8, []int64{2, 1}}},
		"one for the whole tensor":       {{"a.weight", f8, []int64{2, 3}}, {"a.weight_scale", safetensors.F32, []int64{2}}},
		"one floating-point number":      {{"a.weight", f8, []int64{2, 3}}, {"a.weight_scale", safetensors.I32, []int64{1}}},
		"U8 and F8_E4M3 are allowed":     {{"a.weight", safetensors.BF16, []int64{2, 3}}, {"a.weight_scale", safetensors.F32, []int64{1}}},
		"U8 [.., K/32, 16]":              {{"a_blocks", u8, []int64{2, 1, 15}}, {"a_scales", u8, []int64{2, 1}}},
		"a single number":                {good[0], good[1], {"a.input_scale", safetensors.BF16, []int64{2}}},
		"is there twice":                 {good[0], good[1], {"x.self_attn.k_scale", safetensors.BF16, nil}, {"x.self_attn.k_proj.output_scale", safetensors.BF16, nil}},
		"16 or 24 bytes for each scale ": {{"a.weight", u8, []int64{2, 0}}, {"a.weight_scale", u8, []int64{2, 0}}},
	} {
		_, err := quarkFile(t, plainConfig, tensors...)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%v: %v, want %q", tensors, err, want)
		}
	}
}

// TestFolderWithoutQuantized: a part of a model need have no quantized tensor, a
// folder whose config.json speaks of them must.
func TestFolderWithoutQuantized(t *testing.T) {
	if _, err := quarkFile(t, plainConfig, raw{"a.weight", safetensors.BF16, []int64{2, 32}}); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"quantization_config":`+plainConfig+`}`), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := safetensors.Create(filepath.Join(dir, safetensors.SingleName))
	if err != nil {
		t.Fatal(err)
	}
	w.AddTensor("a.weight", safetensors.BF16, []int64{1})
	w.WriteData("a.weight", []byte{1, 2})
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(dir); err == nil || !strings.Contains(err.Error(), "no tensor is") {
		t.Errorf("%v", err)
	}
}

// TestQuarkScaleNaN: a block that is NaN is no weight, and the error says where.
func TestQuarkScaleNaN(t *testing.T) {
	src, err := quarkFile(t, plainConfig, raw{"a.weight", u8, []int64{256, 16}}, raw{"a.weight_scale", u8, []int64{256, 1}})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := src.Tensor("a.weight")
	if _, err := x.Bytes(); err == nil || !strings.Contains(err.Error(), `offset`) || !strings.Contains(err.Error(), "a.weight_scale") {
		t.Errorf("%v", err)
	}
}

// FuzzFromQuark reads whatever tensors there are.
func FuzzFromQuark(f *testing.F) {
	f.Add("a.weight", "a.weight_scale", "U8", "U8", int64(2), int64(32), int64(2), int64(2))
	f.Add("a_blocks", "a_scales", "U8", "U8", int64(1), int64(16), int64(1), int64(1))
	f.Add("a.weight", "a.weight_scale", "F8_E4M3", "BF16", int64(1), int64(1), int64(1), int64(1))
	f.Fuzz(func(t *testing.T, a, b, ta, tb string, n, k, m, l int64) {
		small := func(v int64) int64 { return v & 63 }
		x, y := raw{a, safetensors.DType(ta), []int64{small(n), small(k)}}, raw{b, safetensors.DType(tb), []int64{small(m), small(l)}}
		if a == b || a == "__metadata__" || b == "__metadata__" || x.dtype.Size() == 0 || y.dtype.Size() == 0 ||
			!utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		src, err := quarkFile(t, plainConfig, x, y)
		if err != nil {
			return
		}
		for _, name := range src.Names() {
			x, _ := src.Tensor(name)
			if data, err := x.Bytes(); err == nil && len(data) != x.Size {
				t.Errorf("%s: %d bytes, and Size is %d", name, len(data), x.Size)
			}
		}
	})
}
