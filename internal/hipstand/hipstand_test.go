package hipstand

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNullDir(t *testing.T) {
	dir := NullDir(t)
	for _, name := range []string{"libamdhip64.so.6", "libhiprtc.so.6"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
		c := Open(t, dir, name)
		if n := c.Calls("hipMalloc"); n != 0 {
			t.Errorf("%s: %d calls of hipMalloc", name, n)
		}
		c.SetFaults(t, "hipMalloc:1:2")
	}
	if n := Open(t, dir, "libamdhip64.so.6").Live("device"); n != 0 {
		t.Errorf("%d allocations", n)
	}
}

func TestAlone(t *testing.T) {
	before := os.Getpid()
	if !Alone(t) {
		return
	}
	if before == 1 || os.Getenv(alone) != t.Name() {
		t.Error("not alone")
	}
}

func TestReason(t *testing.T) {
	text := "=== RUN   TestX\n    x_test.go:1: no: here\n--- SKIP: TestX (0.00s)\nPASS\n"
	if got := reason(text); got != "no: here" {
		t.Errorf("%q", got)
	}
}
