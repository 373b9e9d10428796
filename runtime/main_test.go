package runtime

import (
	"cmp"
	"os"
	"testing"

	"github.com/rocmforge/rocmforge/kernels/jit"
)

// testDevice is what tests open models on, unless they say otherwise:
//
//	ROCMFORGE_TEST_DEVICE=hip go test ./runtime
var testDevice = cmp.Or(os.Getenv("ROCMFORGE_TEST_DEVICE"), "cpu")

// serveBadFiles opens bad files if this is a child process that has to.
var serveBadFiles = func() {}

// TestMain lets the tests compile, and open bad files, in child processes.
func TestMain(m *testing.M) {
	jit.Child()
	serveBadFiles()
	os.Exit(m.Run())
}
