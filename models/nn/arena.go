package nn

import "github.com/rocmforge/rocmforge/device"

// Arena owns the work buffers of a model: allocated once, freed together.
type Arena struct {
	dev  device.Device
	ptrs []device.Ptr
	used int
}

// NewArena allocates on d.
func NewArena(d device.Device) *Arena { return &Arena{dev: d} }

// Bytes takes n bytes.
func (a *Arena) Bytes(n int) (device.Ptr, error) {
	p, err := a.dev.Alloc(n)
	if err == nil {
		a.ptrs = append(a.ptrs, p)
		a.used += n
	}
	return p, err
}

// Floats takes room for n float32 (or int32).
func (a *Arena) Floats(n int) (device.Ptr, error) { return a.Bytes(4 * n) }

// Used is the number of bytes taken.
func (a *Arena) Used() int { return a.used }

// Close frees everything.
func (a *Arena) Close() {
	for _, p := range a.ptrs {
		a.dev.Free(p)
	}
	a.ptrs = nil
}
