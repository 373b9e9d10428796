package rocmforge_test

import (
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/gopher"
)

// TestNoEmulator: a program that does not import the emulator is told how to
// have it, and gets no other device.
func TestNoEmulator(t *testing.T) {
	file := gopher.Model()
	m, err := rocmforge.OpenReader(file, file.Size(), rocmforge.Options{Device: "emu:gfx1100"})
	if err == nil {
		m.Close()
	}
	if err == nil || !strings.Contains(err.Error(), `import _ "github.com/rocmforge/rocmforge/device/emu"`) {
		t.Error(err)
	}
}
