//go:build linux && !nohip

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/internal/hipstand"
)

// TestVerifyFails: the report of a GPU whose kernels do nothing is on stdout
// all the same.
func TestVerifyFails(t *testing.T) {
	dir := hipstand.Dir(t)
	if !hipstand.Alone(t) {
		return
	}
	hipstand.NullDir(t)
	root := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(root, "lib")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ROCM_PATH", root)
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	lay(t, "rx7900xtx")
	stdout, stderr, code := command("", append(verifyFew, "--device", "hip", "--json")...)
	if want := `{"error":"hip:0 computes wrong results: mask, rmsnorm, graphs, greedy"}` + "\n"; code != exitError || stderr != want {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	report := parseJSON(t, stdout)
	if ok := report.(map[string]any)["ok"]; ok != false {
		t.Errorf("ok: %v", ok)
	}
	checkDocumented(t, report)
}
