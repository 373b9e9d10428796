package doctor_test

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/internal/doctor"
	"github.com/rocmforge/rocmforge/internal/sysfs/sysfstest"
)

// find returns the check of that name.
func find(t *testing.T, r doctor.Report, name string) doctor.Check {
	t.Helper()
	i := slices.IndexFunc(r.Checks, func(c doctor.Check) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no check %q in %+v", name, r.Checks)
	}
	return r.Checks[i]
}

// TestOne changes one thing at a time and looks at the check that it concerns.
func TestOne(t *testing.T) {
	type change = func(e *doctor.Env, vars map[string]string)
	set := func(key, value string) change {
		return func(_ *doctor.Env, vars map[string]string) { vars[key] = value }
	}
	for _, test := range []struct {
		check  string
		want   doctor.Status
		has    string
		change change
	}{
		{"groups", doctor.OK, "need not be", func(e *doctor.Env, _ map[string]string) {
			e.Groups = func() ([]string, error) { return nil, nil }
		}},
		{"groups", doctor.Info, "neither", func(e *doctor.Env, _ map[string]string) {
			e.Groups = func() ([]string, error) { return nil, nil }
			e.Open = func(string) error { return fs.ErrNotExist }
		}},
		{"groups", doctor.Unknown, "no", func(e *doctor.Env, _ map[string]string) {
			e.Groups = func() ([]string, error) { return nil, errors.New("no") }
		}},
		{"groups", doctor.Warning, "not enough", func(e *doctor.Env, _ map[string]string) { e.Open = denied }},
		{"/dev/kfd", doctor.Problem, "may not", func(e *doctor.Env, _ map[string]string) { e.Open = denied }},
		{"/dev/kfd", doctor.Problem, "no such device", func(e *doctor.Env, _ map[string]string) {
			e.Open = func(string) error { return errors.New("no such device") }
		}},
		{"HSA_OVERRIDE_GFX_VERSION", doctor.Warning, `"11.0.0"`, set("HSA_OVERRIDE_GFX_VERSION", "11.0.0")},
		{"HSA_OVERRIDE_GFX_VERSION", doctor.OK, "", set("HSA_OVERRIDE_GFX_VERSION", "")},
		{"visible GPUs", doctor.Info, `HIP_VISIBLE_DEVICES="0,1"`, set("HIP_VISIBLE_DEVICES", "0,1")},
		{"visible GPUs", doctor.Info, `ROCR_VISIBLE_DEVICES="1"`, set("ROCR_VISIBLE_DEVICES", "1")},
		{"visible GPUs", doctor.Problem, "all", set("HIP_VISIBLE_DEVICES", "-1")},
		{"kernel cache", doctor.Warning, "3 MiB", func(e *doctor.Env, _ map[string]string) {
			e.Free = func(string) (int64, error) { return 3 << 20, nil }
		}},
		{"kernel cache", doctor.Warning, "HOME", func(e *doctor.Env, _ map[string]string) {
			e.Cache = func() (string, error) { return "", errors.New("HOME is not defined") }
		}},
		{"kernel cache", doctor.OK, "can be written", func(e *doctor.Env, _ map[string]string) {
			e.Free = func(string) (int64, error) { return -1, nil }
		}},
		{"libamdhip64", doctor.OK, "version unknown", func(e *doctor.Env, _ map[string]string) { e.Libraries = libraries("") }},
		{"AMD Quark", doctor.Info, "not installed", func(e *doctor.Env, _ map[string]string) {
			e.Run = func(_ context.Context, name string, _ ...string) (string, error) { return "", &exec.ExitError{} }
		}},
	} {
		r := doctor.Examine(t.Context(), machine(t, "rx7900xtx", test.change))
		c := find(t, r, test.check)
		if c.Status != test.want || !strings.Contains(c.Finding, test.has) {
			t.Errorf("%s: %+v, want %s with %q", test.check, c, test.want, test.has)
		}
		if bad := c.Status == doctor.Problem || c.Status == doctor.Warning; bad != (c.Remedy != "") {
			t.Errorf("%s: %s with the remedy %q", test.check, c.Status, c.Remedy)
		}
	}
}

// TestArchs: what each GPU gets, and what gfx950 wants.
func TestArchs(t *testing.T) {
	for target, want := range map[string]doctor.Status{
		"110000": doctor.OK, "110002": doctor.OK, "110501": doctor.OK, "110503": doctor.OK, "90500": doctor.OK,
		"90402": doctor.Info, "90010": doctor.Info, "100300": doctor.Info, "120001": doctor.Info,
	} {
		if c := find(t, examineTarget(t, target, "7.1.0"), "card0 kernels"); c.Status != want {
			t.Errorf("%s: %+v, want %s", target, c, want)
		}
	}
	for version, want := range map[string]doctor.Status{
		"7.0.2": doctor.OK, "10.1": doctor.OK, "6.4.3": doctor.Problem, "": doctor.Unknown, "x": doctor.Unknown,
	} {
		if c := find(t, examineTarget(t, "90500", version), "ROCm for gfx950"); c.Status != want {
			t.Errorf("ROCm %q: %+v, want %s", version, c, want)
		}
	}
}

func examineTarget(t *testing.T, target, rocm string) doctor.Report {
	e := machine(t, "rx7900xtx", nil)
	e.Libraries = libraries(rocm)
	sysfstest.Write(t, e.Files.Path("/"), "sys/class/kfd/kfd/topology/nodes/1/properties", "gfx_target_version "+target+"\ndrm_render_minor 128\n")
	return doctor.Examine(t.Context(), e)
}

// TestNotForComputing: a GPU that kfd does not list is a problem only where
// there is no other.
func TestNotForComputing(t *testing.T) {
	e := machine(t, "rx7900xtx", nil)
	sysfstest.Write(t, e.Files.Path("/"), "sys/class/kfd/kfd/topology/nodes/1/gpu_id", "0\n")
	if c := find(t, doctor.Examine(t.Context(), e), "card0"); c.Status != doctor.Problem {
		t.Errorf("the only GPU: %+v", c)
	}
	e = machine(t, "mi300x", nil)
	sysfstest.Write(t, e.Files.Path("/"), "sys/class/kfd/kfd/topology/nodes/3/gpu_id", "0\n")
	if c := find(t, doctor.Examine(t.Context(), e), "card10"); c.Status != doctor.Warning {
		t.Errorf("one of two: %+v", c)
	}
}

// TestWSL: its GPUs are reached by other ways, of which the files say nothing.
func TestWSL(t *testing.T) {
	e := machine(t, "none", nil)
	sysfstest.Write(t, e.Files.Path("/"), "dev/dxg", "")
	r := doctor.Examine(t.Context(), e)
	if r.Problems != 0 {
		t.Errorf("%+v", r)
	}
	for _, name := range []string{"kernel driver", "/dev/kfd", "GPUs"} {
		if c := find(t, r, name); c.Status != doctor.Unknown {
			t.Errorf("%+v", c)
		}
	}
}

// TestSlowProgram waits for no program longer than it should.
func TestSlowProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as the patience")
	}
	e := machine(t, "none", nil)
	e.Run = func(ctx context.Context, name string, _ ...string) (string, error) {
		if name != "amd-smi" {
			return "", exec.ErrNotFound
		}
		<-ctx.Done()
		return "", ctx.Err()
	}
	start := time.Now()
	if c := find(t, doctor.Examine(t.Context(), e), "amd-smi"); c.Status != doctor.Unknown || !strings.Contains(c.Finding, "within 5s") {
		t.Errorf("%+v", c)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestHost runs on whatever machine this is: nothing may be missing in what
// Host gives, and its own programs are found or not.
func TestHost(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ROCMFORGE_CACHE_DIR", filepath.Join(dir, "not", "there"))
	e := doctor.Host()
	r := doctor.Examine(t.Context(), e)
	if c := find(t, r, "kernel cache"); c.Status != doctor.OK && c.Status != doctor.Warning || c.Status == doctor.Warning && runtime.GOOS == "windows" {
		t.Errorf("%+v", c)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
	if _, err := e.Run(t.Context(), "rocmforge-there-is-no-such-program"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("no such program: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := e.Run(ctx, "sh", "-c", "sleep 60"); err == nil {
		t.Error("a program that does not end gave no error")
	}
	if _, err := e.Free(filepath.Join(dir, "\x00")); err == nil {
		t.Error("a folder that cannot be is writable")
	}
}

func TestRunKeepsLittle(t *testing.T) {
	if _, err := exec.LookPath("head"); err != nil {
		t.Skip("no head")
	}
	out, err := doctor.Host().Run(t.Context(), "head", "-c", "1000000", "/dev/zero")
	if err != nil || len(out) != 64<<10 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}
