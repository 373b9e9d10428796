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
	op    device.Bound[ops.RoPEArgs]
}

// Bind uploads the frequencies, of which there are half as many as there are
// rotated dimensions. scale multiplies sine and cosine.
func (r *RoPE) Bind(d device.Device, a *Arena, q device.Queue, freq []float32, scale float32) (err error) {
	r.rot, r.scale = 2*len(freq), scale
	if r.freq, err = a.Floats(len(freq)); err != nil {
		return err
	}
	q.Upload(r.freq, unsafe.Slice((*byte)(unsafe.Pointer(&freq[0])), 4*len(freq)))
	r.op, err = device.Bind(d, &ops.RoPE, device.Spec{Consts: map[string]int{"ROT_DIM": r.rot}})
	return err
}

// Forward turns the first heads of x in place; tokens lie stride floats apart.
func (r *RoPE) Forward(q device.Queue, x, pos device.Ptr, tokens, heads, headDim, stride int) {
	r.op.Launch(q, &ops.RoPEArgs{
		X: x, Pos: pos, Freq: r.freq,
		Tokens: int32(tokens), Heads: int32(heads), HeadDim: int32(headDim), RotDim: int32(r.rot),
		Stride: int32(stride), Pairing: r.Pairing, Scale: r.scale,
	})
}
