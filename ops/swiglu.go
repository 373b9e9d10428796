package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// Activation is the function on the gate of a gated MLP.
type Activation int32

const (
	// SiLU is x / (1 + exp(-x)): SwiGLU.
	SiLU Activation = iota
	// GELUTanh is x/2 * (1 + tanh(√(2/π) * (x + 0.044715x³))): GEGLU.
	GELUTanh
)

// GateArgs are the operands of SwiGLU.
type GateArgs struct {
	Y, Gate, Up device.Ptr // [Rows, Dim]
	Rows, Dim   int32
	Kind        Activation
}

// SwiGLU lets one half of an MLP gate the other:
//
//	y = activation(gate) * up
//
// Shazeer, "GLU Variants Improve Transformer", equation 6.
var SwiGLU = device.Op[GateArgs]{
	Name: "swiglu",
	Items: func(a *GateArgs) int {
		if a.Rows < 0 || a.Dim < 1 || a.Kind != SiLU && a.Kind != GELUTanh {
			badShape("swiglu", *a)
		}
		return elemBlocks(int(a.Rows) * int(a.Dim))
	},
	Host: swiGLU,
}

func swiGLU(a *GateArgs, lo, hi int) {
	first, n := elemRange(lo, hi, int(a.Rows)*int(a.Dim))
	k := simd.Active()
	gateMul := k.SiLUMul
	if a.Kind == GELUTanh {
		gateMul = k.GELUMul
	}
	gateMul(hostElems(a.Y, first, n), hostElems(a.Gate, first, n), hostElems(a.Up, first, n))
}
