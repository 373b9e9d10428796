package jit

import (
	"flag"
	"os"
	"testing"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
)

var update = flag.Bool("update", false, "write the files in testdata anew (with libhiprtc)")

// fakeVariable makes this test program's children use the fake compiler, too.
const fakeVariable = "ROCMFORGE_JIT_TEST_FAKE"

func TestMain(m *testing.M) {
	if os.Getenv(fakeVariable) != "" {
		openCompiler = openFake
	}
	Child()
	os.Exit(m.Run())
}

// real gives a Compiler around libhiprtc with a cache of its own.
func real(t testing.TB, o Options) *Compiler {
	t.Helper()
	if o.CacheDir == "" {
		o.CacheDir = t.TempDir()
	}
	c, err := New(o)
	if err != nil {
		t.Skipf("no libhiprtc: %v", err)
	}
	return c
}

// fake gives a Compiler around the fake one.
func fake(t *testing.T, o Options) *Compiler {
	t.Helper()
	t.Setenv(fakeVariable, "1")
	old := openCompiler
	openCompiler = openFake
	t.Cleanup(func() { openCompiler = old })
	if o.CacheDir == "" {
		o.CacheDir = t.TempDir()
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func openFake(hiprtc.Options) (compiler, error) { return fakeCompiler{}, nil }

// program is one for the fake compiler, whose source is a command.
func program(source string) kernels.Program {
	return kernels.Program{Name: source, Arch: "gfx1100", Source: source, Options: []string{"-O3"}}
}

// samples are the programs of testdata for an arch.
func sample(t testing.TB, arch string) kernels.Program {
	t.Helper()
	src, err := os.ReadFile("testdata/sample.hip")
	if err != nil {
		t.Fatal(err)
	}
	wave := "32"
	if gfx9.MatchString(arch) {
		wave = "64"
	}
	return kernels.Program{Name: "sample", Arch: arch, Source: string(src),
		Headers: []kernels.Header{{Name: "wave.h", Text: "#define WAVE " + wave + "\n"}},
		Options: []string{"-O3", "-std=c++20", "-Wall", "-fno-discard-value-names"}, Symbols: []string{"scale", "sums"}}
}
