package emu

import (
	"errors"
	"math"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/mmap"
)

// TestMemoryOf bounds what a sparse device offers where the system gives whole
// buffers.
func TestMemoryOf(t *testing.T) {
	for _, c := range []struct {
		o      Options
		sparse bool
		want   int
	}{
		{Options{}, false, defaultMemory},
		{Options{Memory: 100 << 20}, false, 100 << 20},
		{Options{Memory: math.MaxInt, Sparse: true}, true, math.MaxInt},
		{Options{Memory: math.MaxInt, Sparse: true}, false, mostTaken},
		{Options{Memory: 100 << 20, Sparse: true}, false, 100 << 20},
	} {
		if got := c.o.memory(c.sparse); got != c.want {
			t.Errorf("%+v, %v: %d bytes, want %d", c.o, c.sparse, got, c.want)
		}
	}
}

// TestMemoryRefused says why, if the system refuses what the device would give.
func TestMemoryRefused(t *testing.T) {
	_, _, why := mmap.Reserve(math.MaxInt)
	if why == nil {
		t.Skip("the system gives any number of bytes")
	}
	d, err := Open(Options{Arch: "gfx1100", Memory: math.MaxInt, Sparse: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = d.Alloc(math.MaxInt)
	if _, ok := errors.AsType[*device.MemoryError](err); !ok || mmap.Sparse && !errors.Is(err, why) {
		t.Errorf("%v, want it to be because of %v", err, why)
	}
}
