package quark

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/quant"
)

// TestGoldenConfig writes the configurations that Quark wrote.
func TestGoldenConfig(t *testing.T) {
	mx := func(weight, input quant.Type) Description {
		return Description{Global: Layer{Weight: Spec{Type: weight}, Input: Spec{Type: input, Dynamic: true}}, Exclude: []string{"lm_head"}}
	}
	fp8 := Spec{Type: quant.FP8_E4M3}
	kv := map[string]Layer{"*k_proj": {fp8, fp8, fp8}, "*v_proj": {fp8, fp8, fp8}}
	for export, d := range map[string]Description{
		"mxfp4":           mx(quant.MXFP4, quant.MXFP4),
		"mxfp4_mxfp6e2m3": mx(quant.MXFP4, quant.MXFP6_E2M3),
		"mxfp6_e2m3":      mx(quant.MXFP6_E2M3, quant.MXFP6_E2M3),
		"mxfp6_e3m2":      mx(quant.MXFP6_E3M2, quant.MXFP6_E3M2),
		"fp8_kvfp8":       {Global: Layer{Weight: fp8, Input: fp8}, Layers: kv, KVCache: kv, Exclude: []string{"lm_head"}},
	} {
		t.Run(export, func(t *testing.T) {
			var file struct {
				Want any `json:"quantization_config"`
			}
			goldens.JSON(t, filepath.Join(goldens.Quark(t, export), "config.json"), &file)
			var got any
			if err := json.Unmarshal(d.JSON(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(file.Want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := ParseConfig(d.JSON()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGoldenReadConfig reads those of all exports.
func TestGoldenReadConfig(t *testing.T) {
	for _, dir := range goldens.QuarkExports(t) {
		if c, err := ReadConfig(dir); err != nil || c == nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"quantization_config":null}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := ReadConfig(dir); err != nil || c != nil {
		t.Errorf("no configuration is read as %v, %v", c, err)
	}
}
