package main

import (
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/doctor"
	"github.com/rocmforge/rocmforge/internal/sysfs/sysfstest"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
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
	if strings.Count(out, "\n") != 6 || strings.Count(out, "pass ") != 6 || !strings.Contains(out, "60.9%: ") || !strings.Contains(out, "version 0.13") {
		t.Errorf("%s", out)
	}
}

// TestGonogoFails: what failed is in the error, and everything in the list.
func TestGonogoFails(t *testing.T) {
	lay(t, "rx7900xtx") // no python3
	r, status, stderr, code := gonogoRun(t, "--reference", gopherFile, "--max-rise", "0", "--min-saved", "61", "--min-speed", "1e9")
	want := map[string]gonogoStatus{
		"rocm": passed, "quark": failed, "mx-types": passed, "dequantization": passed, "quark-folder": passed,
		"perplexity": passed, // the same model
		"kv-cache":   failed, "throughput": failed,
	}
	for name, s := range want {
		if status[name] != s {
			t.Errorf("%s: %s; want %s", name, status[name], s)
		}
	}
	if code != exitError || r.Go || !strings.Contains(stderr, "3 of 8 checks failed: quark, kv-cache, throughput") {
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
		{"rx7900xtx", "4.5.0", failed}, {"rx7900xtx", "", notMeasurable}, {"none", "5.0", passed},
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
