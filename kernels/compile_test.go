package kernels_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

// archs are those that every kernel has to compile for.
var archs = []string{"gfx1100", "gfx950", "gfx90a", "gfx942", "gfx1030", "gfx1101", "gfx1151", "gfx1201"}

// suites is what suiteBound has found out: it takes seconds.
var suites = map[device.Caps][]null.Bound{}

// suiteBound is what the conformance suite binds on a GPU. To ops, GPUs with
// waves of the same size and with or without matrix tiles are the same.
func suiteBound(t *testing.T, a kernels.Arch) []null.Bound {
	t.Helper()
	caps := device.Caps{Kind: "null", Workers: 96, Wave: a.Wave, Matrix: a.Matrix, MX: a.MX}
	if suites[caps] == nil {
		d := null.New(caps)
		if err := opstest.Prepare(context.Background(), d, opstest.Suite(), nil); err != nil {
			t.Fatal(err)
		}
		suites[caps] = d.Bound()
	}
	return suites[caps]
}

// TestPrograms: every kernel is bound by some case, each unit once.
func TestPrograms(t *testing.T) {
	a, known := kernels.ArchOf("gfx1100", 0)
	if !known || a.Wave != 32 || !a.Matrix {
		t.Fatalf("gfx1100 is %+v", a)
	}
	seen := map[string]bool{}
	for _, p := range programsOf(t, a, suiteBound(t, a)) {
		for _, s := range p.Symbols {
			if seen[s] {
				t.Errorf("%s is in two programs", s)
			}
			seen[s] = true
		}
	}
	a, _ = kernels.ArchOf("gfx950", 0)
	for _, u := range unitsOf(suiteBound(t, a)) {
		seen[u.Symbol()] = true
	}
	for _, name := range kernels.Names() {
		bound := false
		for s := range seen {
			bound = bound || strings.HasPrefix(s, name)
		}
		if !bound {
			t.Errorf("no case of the suite binds %s", name)
		}
	}
}

// TestCompile compiles every kernel of the suite with ROCm's compiler, without
// warnings, and compares their parameters with the ops' argument structs.
func TestCompile(t *testing.T) {
	c := newCompiler(t, jit.Options{NoCache: true})
	names := archs
	if v := os.Getenv("ROCMFORGE_TEST_ARCHS"); v != "" {
		names = strings.Split(v, ",")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			a, _ := kernels.ArchOf(name, 0)
			bound := suiteBound(t, a)
			objects, err := c.Compile(t.Context(), programsOf(t, a, bound), nil)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(modelArchs, name) {
				checkSpills(t, jit.NewLedger(objects))
			}
			for _, o := range objects {
				t.Run(strings.ReplaceAll(o.Program, " ", "_"), func(t *testing.T) {
					if strings.Contains(o.Log, "warning:") {
						t.Error(o.Log)
					}
					checkLayouts(t, o.Metadata, bound)
				})
			}
		})
	}
}
