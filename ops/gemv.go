package ops

import "github.com/rocmforge/rocmforge/device"

// GEMVArgs are the operands of GEMV: GEMM's.
type GEMVArgs = GEMMArgs

// GEMV is GEMM for few tokens (decode): W is read once, at the speed of
// memory. A work item is a panel.
var GEMV = device.Op[GEMVArgs]{
	Name: "gemv",
	Items: func(a *GEMVArgs) int {
		checkGEMM("gemv", a)
		return panelCount(int(a.M))
	},
	Host: gemv,
	Spec: linearSpec,
	Variants: []device.Variant[GEMVArgs]{
		gemvScaled(),
		gemvVariant("gemv", Q8Rows),
		gemvVariant("gemv_float", FloatRows),
	},
}

const (
	gemvThreads = 128
	gemvRows    = 1 // that a wave does at a time: its lanes have enough loads under way
)

func gemvVariant(kernel string, f Form) device.Variant[GEMVArgs] {
	return device.Variant[GEMVArgs]{
		Fits: planesFit(f),
		Steps: []device.Step[GEMVArgs]{{
			Kernel: kernel, Roles: []string{"w"}, Consts: []string{"K"},
			Tune: map[string]int{"THREADS": gemvThreads, "ROWS": gemvRows, "UNROLL": 4},
			Grid: func(a *GEMVArgs, c device.Caps) device.Grid {
				rows := gemvThreads / c.Wave * gemvRows
				return device.Grid{Groups: [3]int{ceilDiv(int(a.M), rows), int(a.Tokens), 1}, Block: gemvThreads}
			},
		}},
	}
}

func gemv(a *GEMVArgs, lo, hi int) {
	p := newProduct(a)
	s := productScratches.Get().(*productScratch)
	defer productScratches.Put(s)
	tiles := tileCount(int(a.Tokens))
	for panel := lo; panel < hi; panel++ {
		for tile := 0; tile < tiles; tile += blockTiles {
			p.block(s, panel, 1, tile, min(blockTiles, tiles-tile))
		}
	}
}
