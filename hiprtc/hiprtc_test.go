package hiprtc

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/dl"
	"github.com/rocmforge/rocmforge/internal/hipstand"
)

const scale = `#include "factor.h"
extern "C" __global__ __launch_bounds__(64) void scale(float *x) { x[threadIdx.x] *= FACTOR; }
template <int N> __global__ void add(float *x) { x[threadIdx.x] += N; }
`

var factor = []Header{{Name: "factor.h", Text: "#define FACTOR 2.0f\n"}}

// opened skips where the library is not there; any other error is one.
func opened(t *testing.T, l *Library, err error) *Library {
	t.Helper()
	if errors.Is(err, dl.ErrUnsupported) {
		t.Skip(err)
	}
	if _, ok := errors.AsType[*dl.NotFoundError](err); ok {
		t.Log(err)
		t.Skip("libhiprtc is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestReal compiles with AMD's own library.
func TestReal(t *testing.T) {
	if !hipstand.Alone(t) {
		return
	}
	found, err := Open(Options{})
	l := opened(t, found, err)
	major, minor, err := l.Version()
	if err != nil || major < 5 {
		t.Errorf("version %d.%d, %v", major, minor, err)
	}
	t.Logf("%s, version %d.%d", l.Path(), major, minor)
	for _, arch := range []string{"gfx1100", "gfx950"} {
		code, log, err := l.Compile("scale.hip", scale, factor, []string{"--offload-arch=" + arch, "-std=c++20"})
		if err != nil || log != "" || !bytes.HasPrefix(code, []byte("\x7fELF")) || !bytes.Contains(code, []byte("scale.kd")) {
			t.Errorf("%s: %d bytes, %q, %v", arch, len(code), log, err)
		}
	}
	_, log, err := l.Compile("warn.hip", "#warning \"look here\"\n", nil, []string{"--offload-arch=gfx1100"})
	if err != nil || !strings.Contains(log, "look here") || strings.HasSuffix(log, "\x00") {
		t.Errorf("a warning: %q, %v", log, err)
	}
	testBroken(t, l, "--offload-arch=gfx1100")
	testLoweredNames(t, l, "--offload-arch=gfx1100")
}

func testBroken(t *testing.T, l *Library, options ...string) {
	t.Helper()
	code, log, err := l.Compile("broken.hip", "extern \"C\" __global__ void k() {\n#error not today\n", nil, options)
	e, ok := errors.AsType[*Error](err)
	if !ok || code != nil || e.Call != "hiprtcCompileProgram" || !errors.Is(err, Compilation) || e.Text == "" {
		t.Fatalf("a broken kernel: %#v", err)
	}
	if log == "" || e.Log != log || !strings.Contains(err.Error(), "error: ") {
		t.Errorf("log %q in %v", log, err)
	}
}

func testLoweredNames(t *testing.T, l *Library, options ...string) {
	t.Helper()
	p, err := l.CreateProgram(scale, "scale.hip", factor)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AddNameExpression(p, "add<4>"); err != nil {
		t.Fatal(err)
	}
	if err := l.CompileProgram(p, options); err != nil {
		t.Fatal(err)
	}
	if name, err := l.GetLoweredName(p, "add<4>"); err != nil || name != "_Z3addILi4EEvPf" {
		t.Errorf("add<4> is %q, %v", name, err)
	}
	if _, err := l.GetLoweredName(p, "add<5>"); err == nil {
		t.Error("a name that was not asked for is there")
	}
	if err := l.DestroyProgram(p); err != nil {
		t.Error(err)
	}
}

// TestStand goes through the same calls where no compiler is.
func TestStand(t *testing.T) {
	dir := hipstand.NullDir(t)
	found, err := Open(Options{Dir: dir})
	l := opened(t, found, err)
	if filepath.Dir(l.Path()) != dir {
		t.Fatalf("loaded %s; tried %q", l.Path(), l.Tried())
	}
	code, log, err := l.Compile("scale.hip", scale, factor, []string{"--offload-arch=gfx1100"})
	if err != nil || len(code) == 0 || log != "" {
		t.Errorf("%d bytes, %q, %v", len(code), log, err)
	}
	testBroken(t, l)

	c := hipstand.Open(t, dir, "libhiprtc.so.6")
	for _, call := range []string{"hiprtcCreateProgram", "hiprtcCompileProgram", "hiprtcGetCodeSize", "hiprtcGetCode",
		"hiprtcGetProgramLogSize", "hiprtcDestroyProgram", "hiprtcVersion"} {
		c.SetFaults(t, call+":1:11")
		_, _, err := l.Compile("scale.hip", scale, factor, nil)
		if call == "hiprtcVersion" {
			_, _, err = l.Version()
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Call != call || !errors.Is(err, InternalError) {
			t.Errorf("%s fails: %v", call, err)
		}
	}
}

func TestNothingThere(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(Options{Path: dir})
	if err == nil || !errors.Is(err, dl.ErrUnsupported) && !strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
	wrong := filepath.Join(dir, "libhiprtc.so")
	if err := os.WriteFile(wrong, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: wrong}); err == nil {
		t.Error("a text file is a library")
	}
	if _, err := Open(Options{Path: "libc.so.6"}); err == nil {
		t.Error("libc is libhiprtc")
	} else if _, ok := errors.AsType[*dl.SymbolError](err); ok && !strings.Contains(err.Error(), "hiprtcGetLoweredName") {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	for _, goos := range []string{"linux", "windows"} {
		if list := names(goos); len(list) < 4 {
			t.Errorf("%s: %q", goos, list)
		}
	}
}
