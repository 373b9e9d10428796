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
	Y        device.Ptr // [Rows, Dim] in Form; floats may replace Gate or Up if Stride is Dim
	Gate, Up device.Ptr // [Rows, Dim], rows Stride floats apart
	Rows     int32
	Dim      int32
	Stride   int32
	Kind     Activation
	Form     Form // on a CPU FloatRows
}

// SwiGLU lets one half of an MLP gate the other:
//
//	y = activation(gate) * up
//
// Shazeer, "GLU Variants Improve Transformer", equation 6.
var SwiGLU = device.Op[GateArgs]{
	Name: "swiglu",
	Items: func(a *GateArgs) int {
		if a.Rows < 0 || a.Dim < 1 || a.Stride < a.Dim || a.Kind != SiLU && a.Kind != GELUTanh || !validForm(a.Form, a.Dim) {
			badShape("swiglu", *a)
		}
		return int(a.Rows) * elemBlocks(int(a.Dim))
	},
	Host: swiGLU,
	Spec: func(a *GateArgs) device.Spec {
		return device.Spec{Consts: map[string]int{"FORM": int(a.Form), "N": a.vector()}}
	},
	Variants: []device.Variant[GateArgs]{{Steps: []device.Step[GateArgs]{{
		Kernel: "swiglu", Consts: []string{"FORM", "N"},
		Grid: func(a *GateArgs, _ device.Caps) device.Grid {
			return elementGrid(ceilDiv(int(a.Dim), a.vector()), int(a.Rows))
		},
	}}}},
}

// vector is how many elements a GPU loads at a time. Rows of multiples of four
// begin at multiples of 16 bytes.
func (a *GateArgs) vector() int {
	if a.Dim%4 == 0 && a.Stride%4 == 0 {
		return 4
	}
	return 1
}

func swiGLU(a *GateArgs, lo, hi int) {
	mustBeFloats("swiglu", a.Form)
	k := simd.Active()
	gateMul := k.SiLUMul
	if a.Kind == GELUTanh {
		gateMul = k.GELUMul
	}
	blocks, dim, stride := elemBlocks(int(a.Dim)), int(a.Dim), int(a.Stride)
	for lo < hi {
		row, block := lo/blocks, lo%blocks
		end := min(block+hi-lo, blocks)
		first, n := elemRange(block, end, dim)
		gateMul(hostElems(a.Y, row*dim+first, n), hostElems(a.Gate, row*stride+first, n), hostElems(a.Up, row*stride+first, n))
		lo += end - block
	}
}
