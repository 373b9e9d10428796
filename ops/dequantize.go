package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// DequantizeArgs are the operands of Dequantize.
type DequantizeArgs struct {
	Y       device.Ptr // float16 [M, K]
	W       device.Ptr // [M, K] of Type; in Rows at any alignment
	M, K    int32      // K is a whole number of Type's blocks
	Type    quant.Type
	Layout  device.Layout // of W: Rows on a CPU, Planes on a GPU
	YStride int32         // elements from one row of Y to the next, at least K
}

// Dequantize decodes a weight of any format to half floats, for whoever
// multiplies by other means:
//
//	y = float16(decode(w))
//
// rounded to nearest, ties to even; what is beyond a half float becomes its
// largest on a GPU and infinite on a CPU. Pack goes the other way, to the MX
// formats and FP8. Work items are rows.
var Dequantize = device.Op[DequantizeArgs]{
	Name: "dequantize",
	Items: func(a *DequantizeArgs) int {
		f, ok := quant.Lookup(a.Type)
		if !ok || f.Decode == nil || a.M < 0 || a.K < 1 || int(a.K)%f.BlockElems != 0 || a.YStride < a.K {
			badShape("dequantize", *a)
		}
		return int(a.M)
	},
	Host: dequantize,
	Spec: func(a *DequantizeArgs) device.Spec {
		return device.Spec{Formats: map[string]string{"w": a.Type.String()}, Consts: map[string]int{"K": int(a.K)}}
	},
	Variants: []device.Variant[DequantizeArgs]{{
		Fits: func(_ device.Caps, s device.Spec) bool {
			return s.Consts["K"]%32 == 0 && hasPlanes(s.Formats["w"], s.Consts["K"])
		},
		Steps: []device.Step[DequantizeArgs]{{
			Kernel: "dequantize", Roles: []string{"w"}, Consts: []string{"K"},
			Grid: func(a *DequantizeArgs, _ device.Caps) device.Grid { return elementGrid(int(a.K)/16, int(a.M)) },
		}},
	}},
}

func dequantize(a *DequantizeArgs, lo, hi int) {
	src, k := newWeightRows("dequantize", a.W, a.Type, int(a.M), int(a.K)), int(a.K)
	values := make([]float32, k)
	for m := lo; m < hi; m++ {
		src.format.Decode(values, src.row(m))
		at := m * int(a.YStride)
		simd.Active().F32ToF16(device.HostSlice[uint16](a.Y, at+k)[at:], values)
	}
}
