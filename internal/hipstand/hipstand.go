// Package hipstand gives tests a libamdhip64 and a libhiprtc to open where
// there is neither ROCm nor a GPU: hipstand, a stand-in whose null device has
// real memory, copies, streams, events and graphs, and kernels that do nothing.
//
// The stand-in is no part of this module. ROCMFORGE_HIPSTAND names a folder
// with its libraries; else they are built from hipstand/ under
// ROCMFORGE_SHARED, if gcc and make are there; else tests skip.
package hipstand

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
)

// Dir is the folder with the stand-in's libamdhip64.so.6 and libhiprtc.so.6.
// It sets nothing: without HIPSTAND_NULL=1 they look for a CUDA GPU.
func Dir(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("hipstand is for Linux")
	}
	dir, err := find()
	if err != nil {
		t.Skipf("hipstand is not there: %v", err)
	}
	return dir
}

var find = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("ROCMFORGE_HIPSTAND"); dir != "" {
		return dir, nil
	}
	shared := os.Getenv("ROCMFORGE_SHARED")
	if shared == "" {
		return "", fmt.Errorf("set ROCMFORGE_HIPSTAND or ROCMFORGE_SHARED")
	}
	return build(shared + "/hipstand")
})

// NullDir is Dir with HIPSTAND_NULL set for this process. The libraries read it
// when they are loaded, so a process has the null device from its first test
// to its last.
func NullDir(t testing.TB) string {
	t.Helper()
	dir := Dir(t)
	os.Setenv("HIPSTAND_NULL", "1")
	return dir
}
