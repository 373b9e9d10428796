package runtime

import (
	"cmp"
	"os"
	"testing"

	"github.com/rocmforge/rocmforge/internal/badfiles"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// testDevice is what tests open models on, unless they say otherwise:
//
//	ROCMFORGE_TEST_DEVICE=hip go test ./runtime
var testDevice = cmp.Or(os.Getenv("ROCMFORGE_TEST_DEVICE"), "cpu")

// TestMain lets the tests compile, and open bad files, in child processes.
func TestMain(m *testing.M) {
	jit.Child()
	badfiles.Serve(openBad)
	os.Exit(m.Run())
}
