package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge"
)

// TestMain lets the test binary be the program: tests of signals and pipes
// need a process.
func TestMain(m *testing.M) {
	if os.Getenv("ROCMFORGE_TEST_MAIN") == "1" {
		main()
	}
	rocmforge.Child()
	os.Exit(m.Run())
}

var testBuild = build{Version: "v0.0.0-test", Commit: "0123456789abcdef", Go: "go1.26", OS: "linux", Arch: "amd64"}

// command runs a command line in this process.
func command(stdin string, args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, build: testBuild}
	code = a.main(append([]string{}, args...)) // nil would be the test binary's own arguments
	return out.String(), errs.String(), code
}

// mustRun is command for what should succeed.
func mustRun(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	stdout, stderr, code := command(stdin, args...)
	if code != exitDone || stderr != "" {
		t.Fatalf("%q: exit code %d, stderr %q", args, code, stderr)
	}
	return stdout
}
