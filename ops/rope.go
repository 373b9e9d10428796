package ops

import (
	"math"

	"github.com/rocmforge/rocmforge/device"
)

// Pairing says which elements of a head RoPE rotates together.
type Pairing int32

const (
	// Interleaved pairs neighbours, 2i and 2i+1: the paper's pairing, and
	// that of Llama files in GGUF ("NORM").
	Interleaved Pairing = iota
	// Halves pairs i and i+rot/2: that of Hugging Face ("NeoX").
	Halves
)

// maxRotDim bounds a head's rotated part.
const maxRotDim = 1024

// RoPEArgs are the operands of RoPE.
type RoPEArgs struct {
	X       device.Ptr // [Tokens, Heads, HeadDim], Stride floats from token to token; in place
	Pos     device.Ptr // [Tokens] int32
	Freq    device.Ptr // [RotDim/2] float32 radians per position: see RoPEFrequencies
	Tokens  int32
	Heads   int32
	HeadDim int32
	RotDim  int32 // how much of each head is rotated, from its start
	Stride  int32
	Pairing Pairing
	Scale   float32 // the attention factor that RoPEFrequencies returned
}

// RoPE rotates pairs of each head's elements by angles that grow with the
// token's position:
//
//	(x0, x1) = (x0 cos θ - x1 sin θ, x1 cos θ + x0 sin θ) * scale,  θ = pos * freq[i]
//
// Su et al., "RoFormer", section 3.2.2. The angle is rounded to float32, as in
// the implementations that models were trained with.
var RoPE = device.Op[RoPEArgs]{
	Name: "rope",
	Items: func(a *RoPEArgs) int {
		if a.Tokens < 0 || a.Heads < 1 || a.Stride < a.Heads*a.HeadDim || !validRotation(a.RotDim, a.HeadDim, a.Pairing) {
			badShape("rope", *a)
		}
		return int(a.Tokens)
	},
	Host: rope,
	Spec: noSpec[RoPEArgs],
	Variants: step("rope", func(a *RoPEArgs, _ device.Caps) device.Grid {
		return elementGrid(int(a.Heads*a.RotDim/2), int(a.Tokens))
	}),
}

func validRotation(rot, headDim int32, p Pairing) bool {
	return rot >= 2 && rot%2 == 0 && rot <= min(headDim, maxRotDim) && (p == Interleaved || p == Halves)
}

func rope(a *RoPEArgs, lo, hi int) {
	var rotation rotation
	half := int(a.RotDim / 2)
	headDim := int(a.HeadDim)
	freq := device.HostSlice[float32](a.Freq, half)
	pos := device.HostSlice[int32](a.Pos, hi)
	for t := lo; t < hi; t++ {
		rotation.set(pos[t], freq, a.Scale)
		x := hostRow(a.X, t, int(a.Stride))
		for h := range int(a.Heads) {
			head := x[h*headDim:][:2*half]
			if a.Pairing == Interleaved {
				rotation.neighbours(head)
			} else {
				rotation.halves(head)
			}
		}
	}
}

// rotation is the cosines and sines of one position.
type rotation struct {
	cos, sin [maxRotDim / 2]float32
}

func (r *rotation) set(pos int32, freq []float32, scale float32) {
	for i, f := range freq {
		angle := float32(pos) * f
		sin, cos := math.Sincos(float64(angle))
		r.sin[i], r.cos[i] = float32(sin)*scale, float32(cos)*scale
	}
}

func (r *rotation) neighbours(x []float32) {
	for i := range len(x) / 2 {
		x0, x1, sin, cos := x[2*i], x[2*i+1], r.sin[i], r.cos[i]
		x[2*i], x[2*i+1] = x0*cos-x1*sin, x1*cos+x0*sin
	}
}

func (r *rotation) halves(x []float32) {
	n := len(x) / 2
	low, high, sins, coss := x[:n], x[n:][:n], r.sin[:n], r.cos[:n]
	for i, x0 := range low {
		x1, sin, cos := high[i], sins[i], coss[i]
		low[i], high[i] = x0*cos-x1*sin, x1*cos+x0*sin
	}
}
