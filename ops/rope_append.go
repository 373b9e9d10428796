package ops

import "github.com/rocmforge/rocmforge/device"

// RoPEAppendArgs are the operands of RoPEAppend. A row of QKV has a token's
// queries [Heads][HeadDim], then its keys and its values, [KV.Heads][HeadDim]
// each.
type RoPEAppendArgs struct {
	KV
	QKV      device.Ptr // [Tokens] rows, Stride floats apart; queries in place
	Pos, Seq device.Ptr // int32 [Tokens]: where in which sequence
	Freq     device.Ptr // [RotDim/2] float32 radians per position: see RoPEFrequencies
	Tokens   int32
	Heads    int32 // query heads
	RotDim   int32 // how much of each head is rotated, from its start
	Stride   int32
	Pairing  Pairing
	Scale    float32 // the attention factor that RoPEFrequencies returned

	KeyStep, ValueStep float32 // what keys and values are divided by; 0: nothing
}

// RoPEAppend is RoPE of queries and keys, and KVAppend of keys and values: what
// lies between the projections and attention. It leaves rotated queries; what
// becomes of the keys and values in QKV is the device's. Work items are tokens.
var RoPEAppend = device.Op[RoPEAppendArgs]{
	Name: "rope_append",
	Items: func(a *RoPEAppendArgs) int {
		if a.Tokens < 0 || !a.valid() || a.Heads < 1 || a.Stride < (a.Heads+2*a.KV.Heads)*a.HeadDim ||
			!validRotation(a.RotDim, a.HeadDim, a.Pairing) {
			badShape("rope_append", *a)
		}
		return int(a.Tokens)
	},
	Host: func(a *RoPEAppendArgs, lo, hi int) {
		r, k := a.parts()
		rope(&r, lo, hi)
		for t := lo; t < hi; t++ {
			divide(headsOf(k.SrcK, t, a.Stride, 0, int(a.KV.Heads), int(a.HeadDim)), a.KeyStep)
			divide(headsOf(k.SrcV, t, a.Stride, 0, int(a.KV.Heads), int(a.HeadDim)), a.ValueStep)
		}
		kvAppend(&k, lo, hi)
	},
	Spec: func(a *RoPEAppendArgs) device.Spec {
		_, k := a.parts()
		return KVAppend.Spec(&k)
	},
	Variants: []device.Variant[RoPEAppendArgs]{
		{
			Fits: func(c device.Caps, s device.Spec) bool { return KVAppend.Variants[0].Fits(c, s) },
			Steps: []device.Step[RoPEAppendArgs]{{
				Kernel: "rope_append_mxfp6", Consts: []string{"HEAD_DIM"},
				Grid: func(a *RoPEAppendArgs, _ device.Caps) device.Grid {
					return device.Grid{Groups: [3]int{int(a.Heads + 2*a.KV.Heads), int(a.Tokens), 1}, Block: int(a.HeadDim) / 2}
				},
			}},
		},
		{
			Fits: func(c device.Caps, s device.Spec) bool { return KVAppend.Variants[1].Fits(c, s) },
			Steps: []device.Step[RoPEAppendArgs]{{
				Kernel: "rope_append", Roles: []string{"k"}, Consts: []string{"HEAD_DIM"},
				Grid: func(a *RoPEAppendArgs, _ device.Caps) device.Grid {
					return elementGrid(ceilDiv(int(a.Stride), 2), int(a.Tokens)) // what lies between tokens is little
				},
			}},
		},
	},
}

// parts are the two ops that this one is.
func (a *RoPEAppendArgs) parts() (RoPEArgs, KVAppendArgs) {
	k := a.QKV + device.Ptr(4*a.Heads*a.HeadDim)
	return RoPEArgs{
			X: a.QKV, Pos: a.Pos, Freq: a.Freq, Tokens: a.Tokens, Heads: a.Heads + a.KV.Heads, HeadDim: a.HeadDim,
			RotDim: a.RotDim, Stride: a.Stride, Pairing: a.Pairing, Scale: a.Scale,
		}, KVAppendArgs{
			KV: a.KV, SrcK: k, SrcV: k + device.Ptr(4*a.KV.Heads*a.HeadDim), Pos: a.Pos, Seq: a.Seq,
			Tokens: a.Tokens, StrideK: a.Stride, StrideV: a.Stride,
		}
}

func divide(x []float32, by float32) {
	if by == 0 || by == 1 {
		return
	}
	for i := range x {
		x[i] /= by
	}
}
