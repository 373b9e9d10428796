package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/quant"
)

// Variants of GEMM and GEMV for matrix units that take MX formats and FP8 with
// their scales.

// scaledFits says whether a device has them for weights and activations.
func scaledFits(c device.Caps, s device.Spec) bool {
	w, err := quant.Parse(s.Formats["w"])
	x, small := smallType(Form(s.Consts["FORM"]))
	return err == nil && small && IsNative(c, w.Type, x) && hasPlanes(s.Formats["w"], s.Consts["K"])
}

// gemmScaled is the kernel for tiles of bt tokens and bm rows.
func gemmScaled(bt, bm int, fits func(device.Caps, device.Spec) bool) device.Variant[GEMMArgs] {
	const threads = 256
	return device.Variant[GEMMArgs]{
		Fits: func(c device.Caps, s device.Spec) bool { return scaledFits(c, s) && fits(c, s) },
		Steps: []device.Step[GEMMArgs]{{
			Kernel: "gemm_scaled", Roles: []string{"w", "x"}, Consts: []string{"K"},
			Tune: map[string]int{"BT": bt, "BM": bm}, Grid: gemmGrid(bt, bm, threads),
		}},
	}
}

// gemvScaled is the kernel for few tokens: the waves of a group share K.
func gemvScaled() device.Variant[GEMVArgs] {
	const threads = 256
	return device.Variant[GEMVArgs]{
		Fits: scaledFits,
		Steps: []device.Step[GEMVArgs]{{
			Kernel: "gemv_scaled", Roles: []string{"w", "x"}, Consts: []string{"K"},
			Tune: map[string]int{"THREADS": threads},
			Grid: func(a *GEMVArgs, _ device.Caps) device.Grid {
				return device.Grid{Groups: [3]int{ceilDiv(int(a.M), 16), ceilDiv(int(a.Tokens), 16), 1}, Block: threads}
			},
		}},
	}
}
