package main

import (
	"testing"

	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/runtime"
)

// TestGridRules finds the rule of each kernel of a model and compares some with
// what they should be.
func TestGridRules(t *testing.T) {
	want := map[string][3]string{
		"gemv":              {"ceil(M/2)", "Tokens", "1"},
		"gemm":              {"ceil(Tokens/128)", "ceil(M/128)", "1"},
		"attention_decode":  {"Splits", "Heads", "Tokens"}, // of the KV
		"attention_combine": {"Heads", "Tokens", "1"},
		"repack":            {"ceil(M*K/8192)", "1", "1"},
		"rope_append":       {"ceil(Stride/512)", "Tokens", "1"},
		"rmsnorm":           {"Rows", "1", "1"},
	}
	a, _ := kernels.ArchOf("gfx950", 0)
	bound, err := boundOps(a, "", kernelsBuild{shape: "8b", typ: "Q8_0"}, runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range bound {
		for _, s := range op.Steps {
			rule, block, err := gridRule(op.Kernel, s, op.Kernel.Params)
			if err != nil {
				t.Error(err)
			}
			if w, ok := want[s.Kernel]; ok && rule != w || block < 64 {
				t.Errorf("%s: %q, blocks of %d; want %q", s.Kernel, rule, block, w)
			}
		}
	}
}
