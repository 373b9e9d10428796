package mmap

import (
	"runtime"
	"testing"
)

// TestReserve reserves more than a machine has, and touches both ends.
func TestReserve(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not on " + runtime.GOOS)
	}
	const n = 256 << 30
	b, release, err := Reserve(n)
	if err != nil {
		t.Skipf("the system gives no %d bytes: %v", n, err)
	}
	defer release()
	if len(b) != n || b[0] != 0 || b[n-1] != 0 {
		t.Error("not as many zeros")
	}
	b[0], b[n-1] = 1, 2
}
