package hipstand

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// alone names the test that runs in a process of its own.
const alone = "ROCMFORGE_TEST_ALONE"

// Alone runs the calling test in a process of its own: it answers true there.
// In the first process it answers false when that has ended, and the test has
// to return.
//
// Tests of the real libraries need it: a process that has loaded the stand-in
// gets it again when something asks the loader for libamdhip64 by name, and a
// mistake in a kernel can abort a process that compiles with hiprtc.
func Alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(alone) == t.Name() {
		return true
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-test.v", "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), alone+"="+t.Name())
	out, err := c.CombinedOutput()
	switch text := string(out); {
	case err != nil:
		t.Errorf("in a process of its own: %v\n%s", err, text)
	case strings.Contains(text, "--- SKIP: "+t.Name()):
		t.Skip(reason(text))
	default:
		t.Log(text)
	}
	return false
}

// reason is the last line that a skipped test wrote.
func reason(text string) string {
	said := ""
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "    ") {
			_, said, _ = strings.Cut(strings.TrimSpace(line), ": ")
		}
	}
	return said
}
