package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
)

// SimulateArgs are the operands of Simulate.
type SimulateArgs struct {
	Y, X  device.Ptr // [Rows, Dim]; may be the same
	Rows  int32
	Dim   int32      // a multiple of 32 for the MX formats
	Type  quant.Type // MXFP4, MXFP6_E2M3, MXFP6_E3M2 or FP8_E4M3
	Scale float32    // of FP8_E4M3, above 0
}

// Simulate rounds activations to a format and gives back what they stand for
// then: what a checkpoint expects whose author quantized activations, too.
//
//	y = scale * round(x / scale)
//
// The MX formats take the scale of each 32 elements by the rule mxfp.Even (OCP
// MX 1.0, section 6.3, with AMD Quark's scale); FP8_E4M3 has one scale for all.
// Elements are clipped before they are scaled back.
var Simulate = device.Op[SimulateArgs]{
	Name: "simulate",
	Items: func(a *SimulateArgs) int {
		element, mx := simulated(a.Type)
		if a.Rows < 0 || a.Dim < 1 || element == nil || mx && a.Dim%mxfp.BlockSize != 0 || !mx && !(a.Scale > 0) {
			badShape("simulate", *a)
		}
		return int(a.Rows)
	},
	Host: simulate,
	Spec: func(a *SimulateArgs) device.Spec {
		return device.Spec{Formats: map[string]string{"x": a.Type.String()}}
	},
	Variants: []device.Variant[SimulateArgs]{{Steps: []device.Step[SimulateArgs]{{
		Kernel: "simulate", Roles: []string{"x"},
		Grid: func(a *SimulateArgs, _ device.Caps) device.Grid { return elementGrid(int(a.Dim), int(a.Rows)) },
	}}}},
}

// simulated is the element format of a type, and whether blocks have scales of
// their own.
func simulated(t quant.Type) (e *mxfp.Element, mx bool) {
	switch t {
	case quant.MXFP4:
		return mxfp.E2M1(), true
	case quant.MXFP6_E2M3:
		return mxfp.E2M3(), true
	case quant.MXFP6_E3M2:
		return mxfp.E3M2(), true
	case quant.FP8_E4M3:
		return mxfp.E4M3(), false
	}
	return nil, false
}

func simulate(a *SimulateArgs, lo, hi int) {
	e, mx := simulated(a.Type)
	dim := int(a.Dim)
	for r := lo; r < hi; r++ {
		x, y := hostRow(a.X, r, dim), hostRow(a.Y, r, dim)
		if mx {
			roundBlocks(y, x, e)
			continue
		}
		for i, v := range x {
			y[i] = e.Decode(e.Encode(v/a.Scale)) * a.Scale
		}
	}
}

// roundBlocks does a row of blocks.
func roundBlocks(y, x []float32, e *mxfp.Element) {
	var b mxfp.Block
	for i := 0; i < len(x); i += mxfp.BlockSize {
		b.Quantize(e, mxfp.Even, (*[mxfp.BlockSize]float32)(x[i:]))
		b.Dequantize(e, (*[mxfp.BlockSize]float32)(y[i:]))
	}
}
