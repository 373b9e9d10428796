package kernels_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

// archs are those that every kernel has to compile for.
var archs = []string{"gfx1100", "gfx950", "gfx90a", "gfx942", "gfx1030", "gfx1101", "gfx1151", "gfx1201"}

// suiteUnits are the kernels that the conformance suite binds on a GPU.
func suiteUnits(t *testing.T, a kernels.Arch) (units []kernels.Unit) {
	t.Helper()
	d := null.New(device.Caps{Kind: "null", Arch: a.Name, Workers: 96, Wave: a.Wave, Matrix: a.Matrix})
	if err := opstest.Prepare(context.Background(), d, opstest.Suite(), nil); err != nil {
		t.Fatal(err)
	}
	for _, b := range d.Bound() {
		for _, s := range b.Steps {
			units = append(units, kernels.Unit{Kernel: s.Kernel, Formats: s.Formats, Consts: s.Consts})
		}
	}
	return units
}

// TestPrograms: every kernel is bound by some case, each unit once.
func TestPrograms(t *testing.T) {
	a, known := kernels.ArchOf("gfx1100", 0)
	if !known || a.Wave != 32 || !a.Matrix {
		t.Fatalf("gfx1100 is %+v", a)
	}
	programs, err := kernels.Programs(a, suiteUnits(t, a))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range programs {
		for _, s := range p.Symbols {
			if seen[s] {
				t.Errorf("%s is in two programs", s)
			}
			seen[s] = true
		}
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

// TestCompile compiles every kernel of the suite with ROCm's compiler.
func TestCompile(t *testing.T) {
	lib, err := hiprtc.Open(hiprtc.Options{})
	if err != nil {
		t.Skip(err)
	}
	if os.Getenv("HIPSTAND_NULL") != "" || strings.Contains(lib.Path(), "hipstand") {
		t.Skip("the library found is no compiler")
	}
	names := archs
	if v := os.Getenv("ROCMFORGE_TEST_ARCHS"); v != "" {
		names = strings.Split(v, ",")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			a, _ := kernels.ArchOf(name, 0)
			programs, err := kernels.Programs(a, suiteUnits(t, a))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range programs {
				t.Run(strings.ReplaceAll(p.Name, " ", "_"), func(t *testing.T) { compile(t, lib, p) })
			}
		})
	}
}

func compile(t *testing.T, lib *hiprtc.Library, p kernels.Program) {
	headers := make([]hiprtc.Header, len(p.Headers))
	for i, h := range p.Headers {
		headers[i] = hiprtc.Header{Name: h.Name, Text: h.Text}
	}
	options := append([]string{"--offload-arch=" + p.Arch}, p.Options...)
	code, log, err := lib.Compile("program.hip", p.Source, headers, options)
	if err != nil {
		t.Fatal(fmt.Sprint(err, "\n", log))
	}
	if len(code) == 0 {
		t.Error("no code")
	}
	if strings.Contains(log, "warning:") {
		t.Error(log)
	}
}
