package hipstand

import (
	"errors"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Control plants faults in one of the stand-in's libraries and counts.
type Control struct {
	fn struct {
		SetFaults, Calls uintptr
		Live             uintptr `dl:"optional"` // libamdhip64 has it
	}
}

// Open finds the controls of a library in the folder: "libamdhip64.so.6" or
// "libhiprtc.so.6".
func Open(t testing.TB, dir, library string) *Control {
	t.Helper()
	l, err := dl.Open(dl.Search{Name: library, Path: filepath.Join(dir, library)})
	if errors.Is(err, dl.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &Control{}
	if err := l.Bind("hipstand", &c.fn); err != nil {
		t.Fatal(err)
	}
	return c
}

// SetFaults makes calls fail until the test ends: "hipMalloc:3:2,…" is the
// third call of hipMalloc with code 2; "3+" from the third on, "3-5" those.
// Counts start again.
func (c *Control) SetFaults(t testing.TB, spec string) {
	t.Helper()
	if !c.setFaults(spec) {
		t.Fatalf("hipstand does not understand the faults %q", spec)
	}
	t.Cleanup(func() { c.setFaults("") })
}

func (c *Control) setFaults(spec string) bool {
	return int32(dl.Call(c.fn.SetFaults, uintptr(unsafe.Pointer(dl.CString(spec))))) == 0
}

// Calls is how often a function was called.
func (c *Control) Calls(function string) int {
	return int(dl.Call(c.fn.Calls, uintptr(unsafe.Pointer(dl.CString(function)))))
}

// Live is how many objects of a kind exist: "device" and "host" memory,
// "stream", "event", "module", "graph", "exec"; "bytes" is the device memory
// given out.
func (c *Control) Live(kind string) int {
	return int(dl.Call(c.fn.Live, uintptr(unsafe.Pointer(dl.CString(kind)))))
}
