package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/doctor"
	"github.com/rocmforge/rocmforge/internal/sysfs/sysfstest"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/runtime"
)

// withQuark lays a machine that has AMD Quark, and a HIP library of a version.
func withQuark(t *testing.T, tree, hip string) {
	lay(t, tree)
	env := patient()
	env.Run = func(context.Context, string, ...string) (string, error) { return "0.13", nil }
	env.Libraries = []func() doctor.Library{func() doctor.Library { return doctor.Library{Name: "libamdhip64", Version: hip} }}
	patient = func() doctor.Env { return env }
}

// gonogoRun gives the list as name: status.
func gonogoRun(t *testing.T, args ...string) (r gonogoResult, status map[string]gonogoStatus, stderr string, code int) {
	t.Helper()
	stdout, stderr, code := command("", append([]string{"gonogo", "--device", "cpu", "--json", "--file", helloText}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%q: %v: %s%s", args, err, stdout, stderr)
	}
	status = map[string]gonogoStatus{}
	for _, c := range r.Checks {
		status[c.Name] = c.Status
		if c.Figure == "" || c.Wanted == "" || (c.Next == "") != (c.Status == passed) {
			t.Errorf("%+v", c)
		}
	}
	return r, status, stderr, code
}

func TestGonogo(t *testing.T) {
	withQuark(t, "rx7900xtx", "7.0.51831")
	stdout, stderr, code := command("", "gonogo", "--device", "cpu", "--json", "--min-speed", "0.01")
	if code != exitDone || stderr != "" {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	compareJSON(t, filepath.Join("testdata", "gonogo.json"), stdout)
	out := mustRun(t, "", "gonogo", "--device", "cpu", "--skip", "throughput,perplexity")
	if !strings.HasSuffix(out, "\ngo: 6 of 6 checks passed, none failed\n") || strings.Count(out, "pass ") != 6 || !strings.Contains(out, "60.9%: ") || !strings.Contains(out, "version 0.13") {
		t.Errorf("%s", out)
	}
}

// TestGonogoFails: what failed is in the error, and everything in the list.
func TestGonogoFails(t *testing.T) {
	lay(t, "rx7900xtx") // no python3
	r, status, stderr, code := gonogoRun(t, "--reference", gopherFile, "--max-rise", "0", "--min-saved", "61", "--min-speed", "1e9")
	want := map[string]gonogoStatus{
		"rocm": passed, "quark": notMeasurable, "mx-types": passed, "dequantization": passed, "quark-folder": passed,
		"perplexity": passed, // the same model
		"kv-cache":   failed, "throughput": failed,
	}
	for name, s := range want {
		if status[name] != s {
			t.Errorf("%s: %s; want %s", name, status[name], s)
		}
	}
	if code != exitError || r.Go || !strings.Contains(stderr, "2 of 8 checks failed: kv-cache, throughput") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestGonogoQuantizes: a model that is not quantized is, and compared with itself.
func TestGonogoQuantizes(t *testing.T) {
	withQuark(t, "none", "7.0.51831")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	r, status, stderr, code := gonogoRun(t, "-m", tiny, "--max-rise", "1000", "--min-speed", "0", "--skip", "kv-cache")
	if code != exitDone || !r.Go || status["perplexity"] != passed || status["dequantization"] != passed || status["throughput"] != passed {
		t.Errorf("exit code %d, %s: %+v", code, stderr, r)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "rocmforge-gonogo-*")); left != nil {
		t.Errorf("%q are left", left)
	}
}

// TestGonogoROCm: what a GPU needs decides.
func TestGonogoROCm(t *testing.T) {
	for _, c := range []struct {
		tree, hip string
		want      gonogoStatus
	}{
		{"gfx950", "6.4.43484", failed}, {"gfx950", "7.0.51831", passed}, {"rx7900xtx", "6.4.43484", passed},
		{"rx7900xtx", "4.5.0", failed}, {"rx7900xtx", "", notMeasurable}, {"none", "5.0", notMeasurable},
	} {
		tree := c.tree
		if tree == "gfx950" {
			tree = "rx7900xtx"
		}
		withQuark(t, tree, c.hip)
		if c.tree == "gfx950" {
			sysfstest.Write(t, patient().Files.Path("/"), "sys/class/kfd/kfd/topology/nodes/1/properties", "gfx_target_version 90500\ndrm_render_minor 128\n")
		}
		if _, status, _, _ := gonogoRun(t, "--skip", strings.Join(gonogoNames[1:], ",")); status["rocm"] != c.want {
			t.Errorf("ROCm %s for %s: %s; want %s", c.hip, c.tree, status["rocm"], c.want)
		}
	}
}

func TestGonogoRefuses(t *testing.T) {
	withQuark(t, "rx7900xtx", "7.0.51831")
	for _, c := range []struct {
		code int
		args []string
	}{
		{exitUsage, []string{"--skip", "all"}},
		{exitUsage, []string{"--max-rise", "-1"}},
		{exitUsage, []string{"--min-saved", "100"}},
		{exitUsage, []string{"--min-speed", "NaN"}},
		{exitModel, []string{"-m", filepath.Join(t.TempDir(), "none")}},
	} {
		if stdout, stderr, code := command("", append([]string{"gonogo"}, c.args...)...); code != c.code || stdout != "" || stderr == "" {
			t.Errorf("%q: exit code %d, %s%s", c.args, code, stdout, stderr)
		}
	}
	stdout, _, code := command("", "gonogo", "--device", "hip:9999", "--skip", "throughput")
	if code != exitDevice || strings.Count(stdout, "-> rocmforge doctor") != 3 {
		t.Errorf("no such device: exit code %d, %s", code, stdout)
	}
	r, status, _, code := gonogoRun(t, "--device", "hip:9999", "--skip", "throughput")
	if code != exitDevice || r.Go || status["quark-folder"] != notMeasurable || status["mx-types"] != passed {
		t.Errorf("no such device: exit code %d, %+v", code, r)
	}
	stdout, stderr, code := command("", "gonogo", "--json", "--skip", strings.Join(gonogoNames, ","))
	if code != exitError || !strings.Contains(stdout, `"checks":[]`) || !strings.Contains(stdout, `"go":false`) || !strings.Contains(stderr, "no check") {
		t.Errorf("no checks: exit code %d, %s%s", code, stdout, stderr)
	}
}

// TestGonogoStatus: a device that fails fails the check, and one that is not there
// does not.
func TestGonogoStatus(t *testing.T) {
	for _, test := range []struct {
		err  error
		want gonogoStatus
		next string
	}{
		{nil, passed, ""},
		{&runtime.DeviceError{Device: "hip:0", Err: &device.Fault{Device: "hip:0"}}, failed, "rocmforge doctor looks for the cause"},
		{&runtime.DeviceError{Device: "hip:0", Err: errors.New("none")}, notMeasurable, "rocmforge doctor looks for the cause"},
		{&runtime.FitError{}, failed, "next"},
		{compared(fmt.Errorf("open: %w", &runtime.FitError{})), notMeasurable, "measure it on a device with more memory, or --skip it"},
		{compared(&device.MemoryError{}), notMeasurable, "measure it on a device with more memory, or --skip it"},
		{compared(errors.New("damaged")), failed, "next"},
		{unmeasuredf("nothing"), notMeasurable, "instead"},
	} {
		c := gonogoCheckup{next: "next", instead: "instead", measure: func(context.Context) (string, bool, error) { return "", true, test.err }}
		if r, _ := c.run(t.Context()); r.Status != test.want || r.Next != test.next {
			t.Errorf("%v: %+v; want %s, %s", test.err, r, test.want, test.next)
		}
	}
	s := subject{dir: t.TempDir(), made: map[string]error{}}
	full := func(string) error { return &fs.PathError{Op: "write", Path: "f16.gguf", Err: syscall.ENOSPC} }
	if _, err := s.once("f16.gguf", full); !is[unmeasured](err) {
		t.Errorf("a full disk: %v", err)
	}
}

// TestGonogoDamaged: what a folder says about its weights and cannot be read is no
// folder without.
func TestGonogoDamaged(t *testing.T) {
	withQuark(t, "none", "7.0")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(tiny)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("{"), []byte(`{"quantization_config": {"quant_method": "unheard-of"},`), 1)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, status, _, code := gonogoRun(t, "-m", dir, "--skip", "quark,kv-cache,throughput,perplexity,dequantization")
	if code != exitError || status["quark-folder"] != failed || !strings.Contains(r.Checks[2].Figure, "unheard-of") {
		t.Errorf("exit code %d, %+v", code, r)
	}
}

// TestGonogoPlain: a model whose embedding outweighs its layers in MX formats is
// quantized all the same, and measured as it is.
func TestGonogoPlain(t *testing.T) {
	dir := t.TempDir()
	folder, file := filepath.Join(dir, "mx"), filepath.Join(dir, "mx.gguf")
	mustRun(t, "", "quantize", tiny, folder, "--scheme", "w_mxfp4", "--exclude", "*.mlp.*")
	writeLargeVocab(t, file)
	for path, plain := range map[string]bool{tiny: true, folder: false, file: false, "": false} {
		s := subject{app: &app{model: path}}
		if err := s.describe(); err != nil || s.plain != plain {
			t.Errorf("%q: plain %v, %v", path, s.plain, err)
		}
	}
	for _, path := range []string{folder, file} {
		if typ, _, err := fileSize(path); err != nil || !slices.Contains(floatTypes, typ) {
			t.Errorf("%s is mostly %s (%v): this tests nothing", path, typ, err)
		}
	}
}

// writeLargeVocab writes a model with one weight in MXFP4 below a vocabulary of
// 4096.
func writeLargeVocab(t *testing.T, path string) {
	t.Helper()
	w, err := gguf.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	err = errors.Join(w.Set("general.architecture", "llama"),
		w.AddTensor("token_embd.weight", quant.BF16, []int64{32, 4096}), w.AddTensor("blk.0.attn_q.weight", quant.MXFP4, []int64{32, 32}),
		w.WriteData("token_embd.weight", make([]byte, 2*32*4096)), w.WriteData("blk.0.attn_q.weight", make([]byte, 17*32)), w.Finish())
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoValues: a weight without rows has no error.
func TestNoValues(t *testing.T) {
	w := mxTensor{tensor{open: func() *io.SectionReader { return io.NewSectionReader(strings.NewReader(""), 0, 0) }}, quant.MXFP4, 32}
	if _, n, err := w.decodingError(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("%d values, %v", n, err)
	}
}

// TestSpecified holds the reference to values that are written down, and
// relativeError to what it has to find.
func TestSpecified(t *testing.T) {
	b := mxfp.Block{Scale: 128} // 2
	b.Codes[1], b.Codes[31] = 7, 15
	var block [mxfp.MXFP4Bytes]byte
	b.PackMXFP4(&block)
	f, _ := quant.Lookup(quant.MXFP4)
	for i, want := range map[int]float64{0: 0, 1: 12, 31: -12} {
		if got := specified(quant.MXFP4, f, block[:], i); got != want {
			t.Errorf("value %d is %v; want %v", i, got, want)
		}
	}
	for _, c := range []struct{ got, want, err float64 }{{1, 1, 0}, {0, 0, 0}, {1.01, 1, 0.01}, {-1, 1, 2}, {1e-30, 0, 1}, {math.NaN(), 1, 1}} {
		if e := relativeError(c.got, c.want); math.Abs(e-c.err) > 1e-9 {
			t.Errorf("%v for %v is %v", c.got, c.want, e)
		}
	}
}
