//go:build !windows

package dl

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlaces: what ROCm's releases and Python's packages make, newest first.
func TestPlaces(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{
		"opt/rocm/core-7.14/lib", "opt/rocm/core-10.0/lib", "opt/rocm-6.9.1/lib", "opt/rocm-6.10.0/lib",
		"venv/lib/python3.12/site-packages/_rocm_sdk_core/lib", "conda/lib/python3.11/site-packages/numpy",
		"home/.local/lib/python3.13/site-packages/_rocm_sdk_core/lib",
		"usr/local/lib/python3.12/dist-packages/_rocm_sdk_core/lib", "usr/lib/python3/dist-packages/numpy",
	} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	below := func(dir string) string { return filepath.Join(root, dir) }
	getenv := func(name string) string {
		return map[string]string{
			"ROCM_PATH": "/mine", "VIRTUAL_ENV": below("venv"), "CONDA_PREFIX": below("conda"), "HOME": below("home"),
		}[name]
	}
	want := []string{
		"/mine/lib", byLoader, below("opt/rocm/lib"), below("opt/rocm/core/lib"),
		below("opt/rocm/core-10.0/lib"), below("opt/rocm/core-7.14/lib"),
		below("opt/rocm-6.10.0/lib"), below("opt/rocm-6.9.1/lib"),
		below("venv/lib/python3.12/site-packages/_rocm_sdk_core/lib"),
		below("home/.local/lib/python3.13/site-packages/_rocm_sdk_core/lib"),
		below("usr/local/lib/python3.12/dist-packages/_rocm_sdk_core/lib"),
	}
	if diff := cmp.Diff(want, placesBelow(below("opt"), getenv)); diff != "" {
		t.Error(diff)
	}
}
