package kernels_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/kernels/jit"
)

// TestLedger holds the kernels of all models to the golden of what they take,
// if that is of the same compiler, and allows no spills and no scratch memory.
func TestLedger(t *testing.T) {
	got := jit.NewLedger(modelObjects(t))
	for _, line := range got.Lines {
		if c := line.Cost; c.VGPRSpills+c.SGPRSpills+c.Scratch > 0 {
			t.Errorf("registers in memory: %s", line)
		}
	}
	golden := filepath.Join("testdata", "models.ledger")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want, err := jit.ParseLedger(string(text))
	if err != nil {
		t.Fatal(err)
	}
	diff := strings.Join(want.Diff(got), "\n")
	switch {
	case diff == "":
	case want.SameCompiler(got):
		t.Errorf("%s (-update writes it anew):\n%s", golden, diff)
	default:
		t.Logf("%s is of %s, and this is %s:\n%s", golden, want.Compiler, got.Compiler, diff)
	}
}
