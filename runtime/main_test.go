package runtime

import (
	"cmp"
	"os"
	"testing"
)

// testDevice is what tests open models on, unless they say otherwise:
//
//	ROCMFORGE_TEST_DEVICE=hip go test ./runtime
//
// With ROCMFORGE_TEST_ISOLATE=1 a child process has it.
var (
	testDevice  = cmp.Or(os.Getenv("ROCMFORGE_TEST_DEVICE"), "cpu")
	testIsolate = os.Getenv("ROCMFORGE_TEST_ISOLATE") != ""
)

// serveBadFiles opens bad files if this is a child process that has to.
var serveBadFiles = func() {}

// TestMain lets the tests compile, hold devices and open bad files in child
// processes.
func TestMain(m *testing.M) {
	Child()
	serveBadFiles()
	os.Exit(m.Run())
}
