package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/doctor"
	"github.com/rocmforge/rocmforge/internal/sysfs"
	"github.com/rocmforge/rocmforge/internal/sysfs/sysfstest"
)

// lay puts a recorded machine, with everything in order but its GPUs, in the
// place of this one.
func lay(t *testing.T, tree string) {
	real, files := patient, gpuFiles
	t.Cleanup(func() { patient, gpuFiles = real, files })
	at := sysfs.At(sysfstest.Tree(t, tree))
	gpuFiles = func() (sysfs.FS, error) { return at, nil }
	patient = func() doctor.Env {
		return doctor.Env{
			System:    "linux",
			Files:     at,
			Lookup:    func(string) (string, bool) { return "", false },
			Libraries: []func() doctor.Library{func() doctor.Library { return doctor.Library{Name: "libamdhip64", Version: "7.0.51831"} }},
			Open:      func(path string) error { _, err := os.Stat(path); return err },
			Groups:    func() ([]string, error) { return []string{"render"}, nil },
			Free:      func(string) (int64, error) { return 5 << 30, nil },
			Run:       func(context.Context, string, ...string) (string, error) { return "", exec.ErrNotFound },
			Cache:     func() (string, error) { return "/cache", nil },
		}
	}
}

func TestDoctor(t *testing.T) {
	lay(t, "rx7900xtx")
	if out := mustRun(t, "", "doctor"); !strings.Contains(out, "AMD Radeon RX 7900 XTX, arch gfx1100") {
		t.Errorf("%s", out)
	}
	compareJSON(t, filepath.Join("testdata", "doctor.json"), mustRun(t, "", "doctor", "--json"))
}

// TestDoctorWithoutGPU: the report is on stdout all the same.
func TestDoctorWithoutGPU(t *testing.T) {
	lay(t, "none")
	stdout, stderr, code := command("", "doctor", "--json")
	if code != exitDevice {
		t.Errorf("exit code %d", code)
	}
	compareJSON(t, filepath.Join("testdata", "doctor_problems.json"), stdout)
	if want := `{"error":"device hip: models cannot run on a GPU here: 3 problems, no warnings"}` + "\n"; stderr != want {
		t.Errorf("stderr %q, want %q", stderr, want)
	}
	if stdout, _, code := command("", "doctor"); code != exitDevice || !strings.Contains(stdout, "-> sudo modprobe amdgpu") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// TestDoctorHere runs on this machine, whatever it is.
func TestDoctorHere(t *testing.T) {
	stdout, stderr, code := command("", "doctor")
	if code != exitDone && code != exitDevice || strings.Count(stdout, "\n") < 5 {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
