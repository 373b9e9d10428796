package ops

import (
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// HeadNormArgs are the operands of HeadNorm. A row of QKV has a token's queries
// [Heads][HeadDim], then its keys [KVHeads][HeadDim], then whatever else.
type HeadNormArgs struct {
	QKV     device.Ptr // [Tokens] rows, Stride floats apart; in place
	QW, KW  device.Ptr // [HeadDim]: weights of queries, of keys
	Tokens  int32
	Heads   int32 // query heads
	KVHeads int32 // key heads
	HeadDim int32
	Stride  int32
	Eps     float32
}

// HeadNorm is RMSNorm of each head of queries and of keys, before RoPE:
//
//	y = x / √(mean(x²) + eps) * w
//
// Henry et al. 2020, "Query-Key Normalization for Transformers", with RMSNorm
// as the norm. Work items are tokens.
var HeadNorm = device.Op[HeadNormArgs]{
	Name: "head_norm",
	Items: func(a *HeadNormArgs) int {
		if a.Tokens < 0 || a.Heads < 1 || a.KVHeads < 0 || a.HeadDim < 1 || a.HeadDim > MaxHeadDim ||
			a.Stride < (a.Heads+a.KVHeads)*a.HeadDim {
			badShape("head_norm", *a)
		}
		return int(a.Tokens)
	},
	Host: headNorm,
	Spec: func(a *HeadNormArgs) device.Spec {
		return device.Spec{Consts: map[string]int{"HEAD_DIM": int(a.HeadDim)}}
	},
	Variants: []device.Variant[HeadNormArgs]{{
		Steps: []device.Step[HeadNormArgs]{{
			Kernel: "head_norm", Consts: []string{"HEAD_DIM"},
			Grid: func(a *HeadNormArgs, c device.Caps) device.Grid { // a wave for each head
				return device.Grid{Groups: [3]int{int(a.Heads + a.KVHeads), int(a.Tokens), 1}, Block: c.Wave}
			},
		}},
	}},
}

func headNorm(a *HeadNormArgs, lo, hi int) {
	k, dim := simd.Active(), int(a.HeadDim)
	qw, kw := device.HostSlice[float32](a.QW, dim), device.HostSlice[float32](a.KW, dim)
	for t := lo; t < hi; t++ {
		row := hostRow(a.QKV, t, int(a.Stride))
		for h := range int(a.Heads + a.KVHeads) {
			w := qw
			if h >= int(a.Heads) {
				w = kw
			}
			x := row[h*dim:][:dim]
			k.MulScale(x, x, w, float32(1/math.Sqrt(float64(k.SumSquares(x))/float64(dim)+float64(a.Eps))))
		}
	}
}
