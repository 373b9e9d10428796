package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/hipstand"
)

var verifyFew = []string{"verify", "--ops", "mask,rmsnorm", "-n", "8"}

func TestVerify(t *testing.T) {
	lay(t, "rx7900xtx") // what is said of the software
	args := append(verifyFew, "--device", "cpu")
	stdout, stderr, code := command("", append(args, "--json")...)
	if code != exitDone || stderr != "" {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	compareJSON(t, filepath.Join("testdata", "verify.json"), stdout)
	stdout, stderr, code = command("", args...)
	if code != exitDone || !strings.Contains(stdout, "HIP 7.0.51831") || !strings.Contains(stderr, "verifying rmsnorm\n") {
		t.Errorf("exit code %d, stderr %q: %s", code, stderr, stdout)
	}
}

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
	if want := `{"error":"hip:0 does not compute what it should: mask, rmsnorm, graphs, greedy"}` + "\n"; code != exitError || stderr != want {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	report := parseJSON(t, stdout)
	if ok := report.(map[string]any)["ok"]; ok != false {
		t.Errorf("ok: %v", ok)
	}
	checkDocumented(t, report)
}

func TestVerifyUsage(t *testing.T) {
	for want, args := range map[int][]string{
		exitUsage:  {"verify", "--ops", "mask,magic"},
		exitDevice: {"verify", "--device", "hip:9999"},
	} {
		if stdout, stderr, code := command("", args...); code != want || stdout != "" || stderr == "" {
			t.Errorf("%q: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
}
