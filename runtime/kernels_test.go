package runtime

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/internal/synthetic"
	"github.com/rocmforge/rocmforge/kernels"
)

// kernelNames are the kernels that ops bind, with the formats of the weights
// that they read.
func kernelNames(bound []null.Bound) []string {
	names := map[string]bool{}
	for _, b := range bound {
		for _, s := range b.Steps {
			name := s.Kernel
			if w := s.Formats["w"]; w != "" {
				name += " " + w
			}
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// TestKernelsOf wants the kernels of each part of a model: those for one token
// and for many, and those that lay weights out.
func TestKernelsOf(t *testing.T) {
	recipe, err := convert.ParseRecipe("Q4_K_M")
	if err != nil {
		t.Fatal(err)
	}
	src, config, err := synthetic.Source("8b", recipe)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := kernels.ArchOf("gfx1100", 0)
	bound, err := KernelsOf(src, config, a, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"advance", "argmax", "attention_combine", "attention_decode", "attention_prefill", "embedding F32", "embedding Q6_K",
		"gemm Q4_K", "gemm Q6_K", "gemv Q4_K", "gemv Q6_K", "gemv_gate Q4_K", "pack", "repack Q4_K", "repack Q6_K",
		"rmsnorm", "rope_append", "swiglu",
	}
	if diff := cmp.Diff(want, kernelNames(bound)); diff != "" {
		t.Error(diff)
	}
	bound, err = KernelsOf(src, config, a, Options{Exact: true})
	if names := kernelNames(bound); err != nil || !slices.Contains(names, "gemv_float Q4_K") || slices.Contains(names, "attention_prefill") {
		t.Errorf("exact: %q, %v", names, err)
	}
}

func TestKernelsOfFiles(t *testing.T) {
	a, _ := kernels.ArchOf("gfx950", 0)
	r := gopher.Model()
	bound, err := KernelsReader(r, r.Size(), a, Options{})
	if names := kernelNames(bound); err != nil || !slices.Contains(names, "attention_prefill") {
		t.Errorf("%q, %v", names, err)
	}
	var fault *ModelError
	if _, err := Kernels("no-such-file.gguf", a, Options{}); !errors.As(err, &fault) {
		t.Errorf("error %v", err)
	}
}
