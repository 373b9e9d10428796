package opstest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/ops"
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

var opName = regexp.MustCompile(`device\.Op\[\w+\]\{\s*Name:\s*"(\w+)"`)

// TestEveryOpIsTested holds the rule of one op, one file, one name: ops/x.go
// defines op x, opstest/x.go has its reference, and the suite has its cases.
func TestEveryOpIsTested(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range opstest.Suite() {
		tested[c.Op] = true
	}
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no op files: %v", err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		matches := opName.FindAllSubmatch(source, -1)
		if n := bytes.Count(source, []byte("= device.Op[")); n != len(matches) {
			t.Errorf("%s defines %d ops, %d of them start with their name", f, n, len(matches))
		}
		for _, match := range matches {
			op, file := string(match[1]), filepath.Base(f)
			if file != op+".go" {
				t.Errorf("ops/%s defines op %s", file, op)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("ops/%s has no ops/opstest/%s", file, file)
			}
			if !tested[op] {
				t.Errorf("the suite has no case of op %s", op)
			}
			if ops.Kernels()[op] == nil {
				t.Errorf("ops.Kernels lacks op %s", op)
			}
		}
	}
}
