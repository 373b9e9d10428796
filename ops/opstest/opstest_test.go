package opstest_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

// TestSuite runs every case with each set of kernels that this CPU has.
func TestSuite(t *testing.T) {
	before := simd.Active().Name
	t.Cleanup(func() { _ = simd.Use(before) })
	for _, k := range simd.All() {
		t.Run(k.Name, func(t *testing.T) {
			if err := simd.Use(k.Name); err != nil {
				t.Fatal(err)
			}
			d, err := cpu.New(3)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			for _, c := range opstest.Suite() {
				t.Run(c.Op+"/"+c.Name, func(t *testing.T) { check(t, c.Run(d)) })
			}
			if n := d.InUse(); n != 0 {
				t.Errorf("%d bytes in use after the suite", n)
			}
		})
	}
}

func check(t *testing.T, r opstest.Result) {
	t.Helper()
	if r.Err != nil {
		t.Error(r.Err)
	}
	if r.Skipped != "" {
		t.Skip(r.Skipped)
	}
}

// notOps are the files of package ops that hold no op.
var notOps = []string{"ops.go", "scratch.go"}

// TestEveryOpIsTested holds the rule of one op, one file, one test, one name.
func TestEveryOpIsTested(t *testing.T) {
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no op files: %v", err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		if strings.HasSuffix(name, "_test.go") || slices.Contains(notOps, name) {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			t.Errorf("ops/%s has no ops/opstest/%s", name, name)
		}
	}
}
