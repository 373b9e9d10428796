package main

import (
	"path/filepath"
	"strings"
	"testing"
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

func TestVerifyUsage(t *testing.T) {
	for _, c := range []struct {
		code int
		args []string
	}{
		{exitUsage, []string{"--ops", "mask,magic"}},
		{exitUsage, []string{"-n", "0"}},
		{exitUsage, []string{"--ctx", "100"}},
		{exitDevice, []string{"--device", "hip:9999"}},
	} {
		if stdout, stderr, code := command("", append([]string{"verify"}, c.args...)...); code != c.code || stdout != "" || stderr == "" {
			t.Errorf("%q: exit code %d, %s%s", c.args, code, stdout, stderr)
		}
	}
}
