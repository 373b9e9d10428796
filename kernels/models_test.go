package kernels_test

import (
	"flag"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/internal/synthetic"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/runtime"
)

var update = flag.Bool("update", false, "write the files in testdata anew (with libhiprtc)")

func TestMain(m *testing.M) {
	jit.Child()
	os.Exit(m.Run())
}

// modelArchs are the GPUs whose kernels are looked at closely.
var modelArchs = []string{"gfx1100", "gfx950"}

// The models are two shapes with weights that people run, and the smaller one
// with weights of every other format that kernels read.
var (
	modelShapes  = []string{"8b", "70b"}
	modelRecipes = []string{"Q8_0", "Q4_K_M", "MXFP4", "F16"}
	otherRecipes = []string{"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q5_K", "IQ4_NL", "IQ4_XS", "BF16", "F32", "MXFP6_E2M3", "MXFP6_E3M2", "FP8_E4M3"}
)

// modelBound is what a shape with weights of a recipe binds.
func modelBound(t testing.TB, a kernels.Arch, shape, recipe string) []null.Bound {
	t.Helper()
	r, err := convert.ParseRecipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	src, config, err := synthetic.Source(shape, r)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := runtime.KernelsOf(src, config, a, runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return bound
}

// unitsOf are the kernels of what is bound.
func unitsOf(bound []null.Bound) (units []kernels.Unit) {
	for _, b := range bound {
		for _, s := range b.Steps {
			units = append(units, unitOf(s))
		}
	}
	return units
}

func unitOf(s device.KernelStep) kernels.Unit {
	return kernels.Unit{Kernel: s.Kernel, Formats: s.Formats, Consts: s.Consts}
}

// programsOf puts the kernels of what is bound together for an arch.
func programsOf(t testing.TB, a kernels.Arch, bound []null.Bound) []kernels.Program {
	t.Helper()
	programs, err := kernels.Programs(a, unitsOf(bound))
	if err != nil {
		t.Fatal(err)
	}
	return programs
}

// allBound is what all models bind on a GPU.
func allBound(t testing.TB, arch string) (bound []null.Bound) {
	t.Helper()
	a, _ := kernels.ArchOf(arch, 0)
	for _, shape := range modelShapes {
		for _, recipe := range modelRecipes {
			bound = append(bound, modelBound(t, a, shape, recipe)...)
		}
	}
	for _, recipe := range otherRecipes {
		bound = append(bound, modelBound(t, a, modelShapes[0], recipe)...)
	}
	return append(bound, scaledBound(t, a)...)
}

// scaledPairs are weights and activations that matrix units take as they are.
var scaledPairs = [][2]quant.Type{
	{quant.MXFP4, quant.MXFP4}, {quant.MXFP4, quant.MXFP6_E2M3},
	{quant.MXFP6_E2M3, quant.MXFP6_E2M3}, {quant.MXFP6_E3M2, quant.MXFP6_E3M2},
	{quant.FP8_E4M3, quant.FP8_E4M3},
}

// scaledBound is what layers of the smaller shape bind for such pairs, on GPUs that
// have such units.
func scaledBound(t testing.TB, a kernels.Arch) []null.Bound {
	t.Helper()
	d := null.New(device.Caps{Kind: "hip", Arch: a.Name, Workers: 1, Wave: a.Wave, Matrix: a.Matrix, MX: a.MX})
	for _, pair := range scaledPairs {
		if !ops.IsNative(d.Caps(), pair[0], pair[1]) {
			continue
		}
		w := device.Tensor{Type: pair[0], Layout: device.Planes, Input: pair[1], Native: true}
		for _, shape := range [][2]int32{{14336, 4096}, {4096, 14336}} {
			args := ops.GEMMArgs{M: shape[0], K: shape[1], Type: w.Type, Form: ops.InputForm(&w, 1), Layout: w.Layout}
			if _, err := device.Bind(d, &ops.GEMM, ops.GEMM.Spec(&args)); err != nil {
				t.Fatal(err)
			}
			if _, err := device.Bind(d, &ops.GEMV, ops.GEMV.Spec(&args)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return d.Bound()
}

// TestModels wants weights of every format among the models.
func TestModels(t *testing.T) {
	bound := map[string]bool{}
	for _, u := range unitsOf(allBound(t, modelArchs[0])) {
		bound[u.Formats["w"]] = true
	}
	for _, format := range kernels.Formats() {
		if !bound[format] {
			t.Errorf("no model has weights of %s", format)
		}
	}
}

// The code objects of all models, which several tests look at.
var models struct {
	once    sync.Once
	objects []jit.Object
	err     error
}

// modelObjects compiles the kernels of all models for all GPUs, once.
func modelObjects(t testing.TB) []jit.Object {
	t.Helper()
	c := newCompiler(t, jit.Options{NoCache: true})
	models.once.Do(func() {
		var programs []kernels.Program
		for _, arch := range modelArchs {
			a, _ := kernels.ArchOf(arch, 0)
			programs = append(programs, programsOf(t, a, allBound(t, arch))...)
		}
		models.objects, models.err = c.Compile(t.Context(), programs, nil)
	})
	if models.err != nil {
		t.Fatal(models.err)
	}
	return models.objects
}

// newCompiler gives ROCm's compiler, or skips the test.
func newCompiler(t testing.TB, o jit.Options) *jit.Compiler {
	t.Helper()
	lib, err := hiprtc.Open(hiprtc.Options{})
	if err != nil {
		t.Skip(err)
	}
	if os.Getenv("HIPSTAND_NULL") != "" || strings.Contains(lib.Path(), "hipstand") {
		t.Skip("the library found is no compiler")
	}
	c, err := jit.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
