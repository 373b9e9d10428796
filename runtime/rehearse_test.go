package runtime

import (
	"errors"
	"testing"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/internal/synthetic"
)

// rehearse lists the launches of the 1B shape on a GPU that is not there.
func rehearse(t *testing.T, o Options, tokens, depth int) (map[string]int, error) {
	t.Helper()
	recipe, err := convert.ParseRecipe("Q4_0")
	if err != nil {
		t.Fatal(err)
	}
	src, config, err := synthetic.Source("1b", recipe)
	if err != nil {
		t.Fatal(err)
	}
	d := null.New(device.Caps{Kind: "hip", Arch: "gfx1100", Workers: 48, Wave: 32, Matrix: true})
	r, err := Rehearse(src, config, d, o, tokens, depth)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	names := map[string]int{}
	for _, l := range r.Launches {
		names[programName(l.Program)]++
	}
	return names, nil
}

// TestRehearse wants a layer's launches as often as there are layers.
func TestRehearse(t *testing.T) {
	for _, c := range []struct {
		tokens int
		want   map[string]int
	}{
		{1, map[string]int{"gemv_gate": 16, "rope_append": 16, "attention_decode": 16, "rmsnorm": 33, "gemm": 0, "attention_prefill": 0}},
		{512, map[string]int{"gemm": 4 * 16, "attention_prefill": 16, "rmsnorm": 33, "gemv_gate": 0, "attention_decode": 0}},
	} {
		names, err := rehearse(t, Options{}, c.tokens, 1024)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range c.want {
			if names[name] != n {
				t.Errorf("%d tokens: %d launches of %s, want %d; all are %v", c.tokens, names[name], name, n, names)
			}
		}
	}
}

func TestRehearseRefuses(t *testing.T) {
	var long *ContextError
	if _, err := rehearse(t, Options{Context: 64}, 1, 64); !errors.As(err, &long) {
		t.Errorf("a token too many: %v", err)
	}
	for _, tokens := range []int{0, 3000} {
		if _, err := rehearse(t, Options{}, tokens, 0); err == nil {
			t.Errorf("a pass of %d tokens", tokens)
		}
	}
}
