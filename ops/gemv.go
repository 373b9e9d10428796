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
