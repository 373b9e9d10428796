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
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(string(source), "// "), "\n")
	kind, _, _ := strings.Cut(first, ": ")
	if kind == "wrong lanes" && d.Caps().Wave != 32 {
		t.Skip("no such instruction")
	}
	var f *sim.Fault
	err = launchSource(t, d, file, string(source))
	if !errors.As(err, &f) {
		t.Fatalf("not caught: %v", err)
	}
	if f.Kind != kind || !marked(file, string(source), f.Source) && !marked(file, string(source), f.Other) {
		t.Errorf("want %s, where BUG is: %v", kind, err)
	}
	t.Log(err)
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
