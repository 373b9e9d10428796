package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// KVReadArgs are keys and values on their way out of the cache.
type KVReadArgs struct {
	KV
	DstK, DstV       device.Ptr // float32 [Tokens][Heads*HeadDim]
	Pos, Seq         device.Ptr // int32 [Tokens]: where in which sequence
	Tokens           int32
	StrideK, StrideV int32 // floats from one token to the next
}

// KVRead decodes keys and values of a cache of any type, the inverse of KVAppend.
// Attention has no need of it: it reads the cache as it is. Work items are
// tokens.
var KVRead = device.Op[KVReadArgs]{
	Name: "kv_read",
	Items: func(a *KVReadArgs) int {
		if !a.moves(a.Tokens, a.StrideK, a.StrideV) {
			badShape("kv_read", *a)
		}
		return int(a.Tokens)
	},
	Host: kvRead,
	Spec: func(a *KVReadArgs) device.Spec { return a.spec() },
	Variants: []device.Variant[KVReadArgs]{{
		Fits: func(_ device.Caps, s device.Spec) bool { return s.Consts["HEAD_DIM"]%16 == 0 && kvKernels(s) },
		Steps: []device.Step[KVReadArgs]{{
			Kernel: "dequantize_kv", Roles: []string{"k"}, Consts: []string{"HEAD_DIM"},
			Grid: func(a *KVReadArgs, _ device.Caps) device.Grid {
				return elementGrid(int(a.Heads*a.HeadDim)/8, int(a.Tokens))
			},
		}},
	}},
}

func kvRead(a *KVReadArgs, lo, hi int) {
	c, dim := newKVPages(a.KV), int(a.HeadDim)
	f, _ := quant.Lookup(a.Type)
	pos := device.HostSlice[int32](a.Pos, hi)
	seq := device.HostSlice[int32](a.Seq, hi)
	for t := lo; t < hi; t++ {
		p, s := int(pos[t]), int(seq[t])
		for head := range int(a.Heads) {
			k := headsOf(a.DstK, t, a.StrideK, head, 1, dim)
			v := headsOf(a.DstV, t, a.StrideV, head, 1, dim)
			if c.isRows() {
				f.Decode(k, c.row(c.K, s, p, head, 1))
				f.Decode(v, c.row(c.V, s, p, head, 1))
				continue
			}
			loadKey(&c, f, k, s, p, head)
			loadValue(&c, f, v, s, p, head)
		}
	}
}

func loadKey(c *kvPages, f *quant.Format, k []float32, seq, pos, head int) {
	panel := device.HostSlice[byte](c.keys(seq, pos, head), len(k)*simd.Rows*c.elem)
	for i := range k {
		f.Decode(k[i:i+1], panel[(i*simd.Rows+pos%simd.Rows)*c.elem:][:c.elem])
	}
}

func loadValue(c *kvPages, f *quant.Format, v []float32, seq, pos, head int) {
	for d := 0; d*simd.Rows < len(v); d++ {
		x := v[d*simd.Rows : min((d+1)*simd.Rows, len(v))]
		f.Decode(x, device.HostSlice[byte](c.values(seq, pos, head, d), len(x)*c.elem))
	}
}
