package nn

import (
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// RoPE turns pairs of a head's dimensions by angles that grow with the
// position (Su et al. 2021).
type RoPE struct {
	Pairing ops.Pairing

	freq  device.Ptr // float32 [rot/2]
	rot   int
	scale float32
}

// Bind uploads the frequencies, of which there are half as many as there are
// rotated dimensions. scale multiplies sine and cosine.
func (r *RoPE) Bind(a *Arena, q device.Queue, freq []float32, scale float32) (err error) {
	r.rot, r.scale = 2*len(freq), scale
	if r.freq, err = a.Floats(len(freq)); err != nil {
		return err
	}
	r.Upload(q, freq)
	return nil
}

// Upload replaces the frequencies by as many others.
func (r *RoPE) Upload(q device.Queue, freq []float32) {
	q.Upload(r.freq, unsafe.Slice((*byte)(unsafe.Pointer(&freq[0])), 4*r.rot/2))
}
