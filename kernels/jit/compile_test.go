package jit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
)

// sampleArchs have their code objects in testdata.
var sampleArchs = []string{"gfx1100", "gfx950"}

// TestCompile compiles the samples with libhiprtc, in children and in this
// process, which must give the same bytes; -update writes them to testdata.
func TestCompile(t *testing.T) {
	programs := []kernels.Program{sample(t, "gfx1100"), sample(t, "gfx950")}
	objects, err := real(t, Options{}).Compile(t.Context(), programs, nil)
	if err != nil {
		t.Fatal(err)
	}
	here, err := real(t, Options{InProcess: true}).Compile(t.Context(), programs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range objects {
		if o.Log != "" || len(o.Metadata.Kernels) != 2 || o.Arch != programs[i].Arch {
			t.Errorf("%s: log %q, %+v", o.Arch, o.Log, o.Metadata)
		}
		if !slices.Equal(o.Code, here[i].Code) {
			t.Errorf("%s: another code object in this process", o.Arch)
		}
		if *update {
			if err := os.WriteFile(filepath.Join("testdata", o.Arch+".co"), o.Code, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	compareLedger(t, objects)
}

// compareLedger compares with the golden, if that is of the same compiler.
func compareLedger(t *testing.T, objects []Object) {
	t.Helper()
	golden := filepath.Join("testdata", "sample.ledger")
	got := NewLedger(objects)
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := readLedger(t, golden)
	diff := want.Diff(got)
	switch {
	case len(diff) == 0:
	case !want.SameCompiler(got):
		t.Logf("%s is of %s, and this is %s:\n%s", golden, want.Compiler, got.Compiler, strings.Join(diff, "\n"))
	default:
		t.Errorf("%s:\n%s", golden, strings.Join(diff, "\n"))
	}
}

// TestCompilerError wants the file and the line of the source, not those of
// the compiler's folders.
func TestCompilerError(t *testing.T) {
	p := sample(t, "gfx1100")
	p.Source = strings.Replace(p.Source, "a * x[i]", "b * x[i]", 1)
	_, err := real(t, Options{}).Compile(t.Context(), []kernels.Program{p}, nil)
	if !errors.Is(err, hiprtc.Compilation) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"kernels/jit/testdata/sample.hip:6:20: error: use of undeclared identifier 'b'", "sample for gfx1100", "-std=c++20", "^"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "comgr-") {
		t.Errorf("a random folder in\n%v", err)
	}
}

// TestWarningKept wants the log of a success, also from the cache.
func TestWarningKept(t *testing.T) {
	p := sample(t, "gfx1100")
	p.Source = strings.Replace(p.Source, "float sum = 0;", "float sum = 0; int unused;", 1)
	c := real(t, Options{})
	for range 2 {
		if o := compileOne(t, c, p); !strings.Contains(o.Log, "sample.hip:14:21: warning: unused variable 'unused'") {
			t.Errorf("log %q", o.Log)
		}
	}
}

func TestMissingSymbol(t *testing.T) {
	p := sample(t, "gfx1100")
	p.Symbols = []string{"scale", "nosuch"}
	_, err := real(t, Options{}).Compile(t.Context(), []kernels.Program{p}, nil)
	if err == nil || !strings.Contains(err.Error(), "does not define nosuch") {
		t.Errorf("error %v", err)
	}
}

// TestAbort compiles for an arch that ends the compiler's process.
func TestAbort(t *testing.T) {
	bad := sample(t, "gfx1250")
	objects, err := real(t, Options{Processes: 1}).Compile(t.Context(), []kernels.Program{bad, sample(t, "gfx1100")}, nil)
	if err == nil || !strings.Contains(err.Error(), "gfx1250") {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(err.Error(), "goroutine") {
		t.Errorf("Go's trace is in\n%v", err)
	}
	t.Logf("%v", err)
	if len(objects[1].Code) == 0 {
		t.Error("the program after it was not compiled")
	}
}

// TestKnownLists compiles for all archs and with options of the lists.
func TestKnownLists(t *testing.T) {
	var programs []kernels.Program
	for _, arch := range knownArchs {
		programs = append(programs, sample(t, arch))
	}
	for _, options := range [][]string{
		{"-ffast-math", "-fno-finite-math-only", "-ffp-contract=fast", "-funroll-loops", "-fno-slp-vectorize", "-DX=\"a b\""},
		{"-mcumode", "-munsafe-fp-atomics", "-fgpu-flush-denormals-to-zero", "-mcode-object-version=5", "-g"},
		{"-mllvm", "-amdgpu-unroll-threshold-local=600", "-mllvm", "-amdgpu-unroll-threshold-private=600"},
		{"-mllvm", "-amdgpu-unroll-threshold-if=600", "-mllvm", "-unroll-threshold=600", "-mllvm", "-inline-threshold=600"},
	} {
		p := sample(t, "gfx1100")
		p.Options = append(p.Options, options...)
		programs = append(programs, p)
	}
	objects, err := real(t, Options{}).Compile(t.Context(), programs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		for _, k := range o.Metadata.Kernels {
			if k.Waves == 0 || k.CodeBytes == 0 {
				t.Errorf("%s: %+v", o.Arch, k)
			}
		}
	}
}

// TestTimes reports what a set of 16 programs costs, compiled and cached.
func TestTimes(t *testing.T) {
	var programs []kernels.Program
	for i := range 16 {
		p := sample(t, sampleArchs[i%2])
		p.Options = append(p.Options, fmt.Sprintf("-DN=%d", i))
		programs = append(programs, p)
	}
	c := real(t, Options{})
	for _, what := range []string{"compiled", "cached"} {
		start := time.Now()
		objects, err := c.Compile(t.Context(), programs, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d programs %s in %v", len(programs), what, time.Since(start))
		if objects[0].FromCache != (what == "cached") {
			t.Errorf("%s: from the cache: %v", what, objects[0].FromCache)
		}
	}
}

// TestCancelReal cancels in the middle of LLVM.
func TestCancelReal(t *testing.T) {
	c := real(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	if _, err := c.Compile(ctx, []kernels.Program{sample(t, "gfx1100"), sample(t, "gfx950"), sample(t, "gfx942")}, nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("took %v", d)
	}
}

func readLedger(t *testing.T, path string) Ledger {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ParseLedger(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), l.String()); diff != "" {
		t.Errorf("%s is not in its own form:\n%s", path, diff)
	}
	return l
}
