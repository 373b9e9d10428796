package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/runtime"
)

// fillCache makes a cache of one entry, whose format is that of jit.Cache.
func fillCache(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("ROCMFORGE_CACHE_DIR", dir)
	key := strings.Repeat("ab", 32)
	body := `{"program":"w=Q4_K","arch":"gfx1100","kernels":["gemv_Q4_K"],"compiler":"clang version 21.1.8","log":""}` + "\ncode"
	path := filepath.Join(dir, "ab", key+".co")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "rocmforge code object 1 %x\n%s", sha256.Sum256([]byte(body)), body), 0o600); err != nil {
		t.Fatal(err)
	}
	used := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := os.Chtimes(path, used, used); err != nil {
		t.Fatal(err)
	}
	return dir
}

// withoutFolder puts a name in the place of a test's own folder.
func withoutFolder(t *testing.T, out, dir string) string {
	t.Helper()
	quoted, err := json.Marshal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out, string(quoted), `"(folder)"`)
}

func TestKernelsJSON(t *testing.T) {
	dir := fillCache(t)
	for _, name := range []string{"list", "clean"} {
		out := mustRun(t, "", "kernels", name, "--json")
		compareJSON(t, filepath.Join("testdata", "kernels_"+name+".json"), withoutFolder(t, out, dir))
	}
	if out := mustRun(t, "", "kernels", "list", "--json"); !strings.Contains(out, `"entries":[]`) {
		t.Errorf("after clean: %s", out)
	}
}

func TestKernelsText(t *testing.T) {
	dir := fillCache(t)
	list := mustRun(t, "", "kernels", "list")
	for _, want := range []string{"gfx1100", "w=Q4_K", "1 code objects", dir} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in %q", want, list)
		}
	}
	if out := mustRun(t, "", "kernels"); !strings.Contains(out, "build") {
		t.Errorf("kernels: %q", out)
	}
}

func TestKernelsUsage(t *testing.T) {
	for _, args := range [][]string{
		{"kernels", "nosuch"}, {"kernels", "list", "x"}, {"kernels", "build"}, {"kernels", "build", "--arch", "gfx1100"},
		{"kernels", "build", "--arch", "gfx1100", "-o", "x", "--shape", "8b"},
		{"kernels", "build", "--arch", "gfx9999", "-o", "x", "--shape", "8b", "--type", "Q4_K"},
		{"kernels", "build", "--arch", "gfx1100,rdna3", "-o", "x", "--shape", "8b", "--type", "Q4_K"},
		{"kernels", "build", "--arch", "gfx1100", "-o", "x", "--shape", "8b", "--type", "Q4_K", "-m", "."},
	} {
		if _, stderr, code := command("", args...); code != exitUsage {
			t.Errorf("%q: exit code %d, %s", args, code, stderr)
		}
	}
}

// fakeUnits makes kernels build compile a small program.
func fakeUnits(t *testing.T, source string) {
	t.Helper()
	if _, err := jit.New(jit.Options{NoCache: true}); err != nil {
		t.Skipf("no libhiprtc: %v", err)
	}
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	old := unitsFor
	t.Cleanup(func() { unitsFor = old })
	unitsFor = func(arch, model string, b kernelsBuild, o runtime.Options) ([]kernels.Program, map[unitKey]unitInfo, error) {
		p := kernels.Program{Name: "w=" + b.typ, Arch: arch, Source: "#line 1 \"src/scale.hip\"\n" + source,
			Options: []string{"-O3", "-fno-discard-value-names"}, Symbols: []string{"scale"}}
		info := unitInfo{
			Op: "scale", Formats: map[string]string{"w": b.typ}, Constants: map[string]int{"N": 64},
			kernel: &device.Kernel{ArgSize: 8, Params: []device.Param{{Name: "X", Size: 8}}},
			step:   device.KernelStep{Grid: func(unsafe.Pointer) device.Grid { return device.Grid{Groups: [3]int{1, 1, 1}, Block: 64} }},
		}
		return []kernels.Program{p}, map[unitKey]unitInfo{{arch, "scale"}: info}, nil
	}
}

const scaleSource = `extern "C" __global__ __launch_bounds__(64) void scale(float *x) { x[threadIdx.x] *= 2; }`

var (
	bytesOfCode = regexp.MustCompile(`"bytes":[0-9]+`) // each version of the compiler makes others
	ownKeys     = regexp.MustCompile(`\{\s*"[wN]": [^}]*\}`)
)

func TestKernelsBuild(t *testing.T) {
	fakeUnits(t, scaleSource)
	dir := filepath.Join(t.TempDir(), "code")
	out := mustRun(t, "", "kernels", "build", "--arch", "gfx1100,gfx950", "--shape", "8b", "--type", "Q4_K", "-o", dir, "--json")
	compareJSON(t, filepath.Join("testdata", "kernels_build.json"), bytesOfCode.ReplaceAllString(withoutFolder(t, out, dir), `"bytes":1`))
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	checkDocumented(t, parseJSON(t, ownKeys.ReplaceAllString(string(text), "{}")))
	if len(m.Programs) != 2 || m.Compiler == "" {
		t.Fatalf("%s", text)
	}
	p := m.Programs[1]
	k := p.Kernels[0]
	if p.File != "gfx950_w=Q4_K.co" || k.Symbol != "scale" || k.Op != "scale" || k.Formats["w"] != "Q4_K" || k.Wave != 64 ||
		k.Grid != [3]string{"1", "1", "1"} || k.Block != 64 || k.Occupancy != 8 || len(k.Arguments) != 1 || k.Arguments[0] != (manifestArg{"x", 0, 8, "global_buffer"}) {
		t.Errorf("%+v", p)
	}
	if _, err := os.Stat(filepath.Join(dir, p.File)); err != nil {
		t.Error(err)
	}
}

func TestKernelsBuildError(t *testing.T) {
	fakeUnits(t, strings.Replace(scaleSource, "*= 2", "*= b", 1))
	_, stderr, code := command("", "kernels", "build", "--arch", "gfx1100", "--shape", "8b", "--type", "Q4_K", "-o", t.TempDir())
	if code != exitError || !strings.Contains(stderr, "src/scale.hip:1:86: error: use of undeclared identifier 'b'") {
		t.Errorf("exit code %d, stderr %s", code, stderr)
	}
}

// TestKernelsBuildModel builds what the built-in model needs.
func TestKernelsBuildModel(t *testing.T) {
	if _, err := jit.New(jit.Options{NoCache: true}); err != nil {
		t.Skipf("no libhiprtc: %v", err)
	}
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	dir := t.TempDir()
	mustRun(t, "", "kernels", "build", "--arch", "gfx1100", "-o", dir)
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	found := map[string]manifestKernel{}
	for _, p := range m.Programs {
		for _, k := range p.Kernels {
			found[k.Op] = k
		}
	}
	decode := found["attention_decode"]
	if len(decode.Arguments) == 0 || decode.Grid != [3]string{"Heads", "Tokens", "1"} && decode.Grid != [3]string{"Splits", "KVHeads", "Tokens"} {
		t.Errorf("%+v", decode)
	}
	if found["gemv"].Symbol == "" || found["gemm"].Grid[0] != "ceil(Tokens/128)" {
		t.Errorf("%s", text)
	}
}
