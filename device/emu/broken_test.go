package emu_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/kernels"
)

// TestBroken runs kernels with a mistake each. A file of testdata/broken begins
// with what the checker has to say, and the line that it has to name ends with
// "BUG"; of a race it names two lines.
func TestBroken(t *testing.T) {
	files, _ := filepath.Glob("testdata/broken/*.hip")
	if len(files) < 12 {
		t.Fatalf("%d files", len(files))
	}
	for _, arch := range emu.Archs {
		d := open(t, emu.Options{Arch: arch})
		for _, file := range files {
			t.Run(arch+"/"+filepath.Base(file), func(t *testing.T) { broken(t, d, file) })
		}
	}
}

func broken(t *testing.T, d *emu.Device, file string) {
	source := readSource(t, d, file)
	first, _, _ := strings.Cut(strings.TrimPrefix(source, "// "), "\n")
	kind, _, _ := strings.Cut(first, ": ")
	var f *sim.Fault
	err := launchSource(t, d, file, source)
	if !errors.As(err, &f) {
		t.Fatalf("not caught: %v", err)
	}
	if f.Kind != kind || !marked(file, source, f.Source) && !marked(file, source, f.Other) {
		t.Errorf("want %s, where BUG is: %v", kind, err)
	}
	t.Log(err)
}

// readSource skips what is for another GPU, as a comment "only gfx950" says.
func readSource(t *testing.T, d *emu.Device, file string) string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, rest, ok := strings.Cut(string(source), "// only "); ok && !strings.HasPrefix(rest, d.Caps().Arch+"\n") {
		t.Skip("for another GPU")
	}
	return string(source)
}

// TestRight runs kernels that have no mistake, and look as if they had.
func TestRight(t *testing.T) {
	files, _ := filepath.Glob("testdata/right/*.hip")
	if len(files) < 4 {
		t.Fatalf("%d files", len(files))
	}
	for _, arch := range emu.Archs {
		d := open(t, emu.Options{Arch: arch})
		for _, file := range files {
			t.Run(arch+"/"+filepath.Base(file), func(t *testing.T) {
				if err := launchSource(t, d, file, readSource(t, d, file)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// marked tells whether a place such as "x.hip:7" is a line with BUG.
func marked(file, source, place string) bool {
	for i, line := range strings.Split(source, "\n") {
		if strings.HasSuffix(line, "BUG") && place == fmt.Sprintf("%s:%d", file, i+1) {
			return true
		}
	}
	return false
}

// launchSource runs the kernel k(float *out, const float *in, int n) in two
// groups of 128 work items, for n = 256.
func launchSource(t *testing.T, d *emu.Device, file, source string) error {
	t.Helper()
	const n = 256
	k := compile(t, d, file, source)["k"]
	out, in := alloc(t, d, 4*n), alloc(t, d, 4*n)
	q, err := d.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	q.Upload(in, floatBytes(n))
	args, err := k.Args(out, in, int32(n))
	if err != nil {
		t.Fatal(err)
	}
	return k.Launch([3]int{2, 1, 1}, [3]int{128, 1, 1}, 0, args)
}

func compile(t *testing.T, d *emu.Device, file, source string, options ...string) map[string]*emu.Kernel {
	t.Helper()
	all, err := d.Compile(t.Context(), kernels.Program{
		Name: file, Source: fmt.Sprintf("#line 1 %q\n%s", file, source), Options: append([]string{"-O3", "-std=c++20"}, options...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func alloc(t *testing.T, d *emu.Device, n int) device.Ptr {
	t.Helper()
	p, err := d.Alloc(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Free(p) })
	return p
}
