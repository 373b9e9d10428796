package ops

import (
	"sync"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// KVAppendArgs are keys and values on their way into the cache.
type KVAppendArgs struct {
	KV
	SrcK, SrcV       device.Ptr // [Tokens][Heads*HeadDim]; keys are rotated
	Pos, Seq         device.Ptr // int32 [Tokens]: where in which sequence
	Tokens           int32
	StrideK, StrideV int32 // floats from one token to the next
}

// KVAppend writes keys and values into the pages of their sequences, rounded
// to the cache's type. No two tokens may have the same place. Work items are
// tokens.
var KVAppend = device.Op[KVAppendArgs]{
	Name: "kv_append",
	Items: func(a *KVAppendArgs) int {
		if !a.moves(a.Tokens, a.StrideK, a.StrideV) {
			badShape("kv_append", *a)
		}
		return int(a.Tokens)
	},
	Host:  kvAppend,
	Grain: 4,
	Spec:  func(a *KVAppendArgs) device.Spec { return a.spec() },
	Variants: []device.Variant[KVAppendArgs]{
		{
			Fits: func(_ device.Caps, s device.Spec) bool { return isKVBlocks(s) && kvKernels(s) },
			Steps: []device.Step[KVAppendArgs]{{
				Kernel: "quantize_kv_to_mxfp6", Consts: []string{"HEAD_DIM"},
				Grid: func(a *KVAppendArgs, _ device.Caps) device.Grid {
					return elementGrid(int(a.Heads*a.HeadDim)/2, int(a.Tokens))
				},
			}},
		},
		{
			Fits: func(_ device.Caps, s device.Spec) bool { return s.Consts["HEAD_DIM"]%16 == 0 && kvKernels(s) },
			Steps: []device.Step[KVAppendArgs]{{
				Kernel: "kv_append", Roles: []string{"k"}, Consts: []string{"HEAD_DIM"},
				Grid: func(a *KVAppendArgs, _ device.Caps) device.Grid {
					return elementGrid(int(a.Heads*a.HeadDim), int(a.Tokens))
				},
			}},
		},
	},
}

var halfHeads = sync.Pool{New: func() any { return new([MaxHeadDim]uint16) }}

func kvAppend(a *KVAppendArgs, lo, hi int) {
	c, dim := newKVPages(a.KV), int(a.HeadDim)
	half := halfHeads.Get().(*[MaxHeadDim]uint16)
	defer halfHeads.Put(half)
	pos := device.HostSlice[int32](a.Pos, hi)
	seq := device.HostSlice[int32](a.Seq, hi)
	rows := c.isRows()
	for t := lo; t < hi; t++ {
		p, s := int(pos[t]), int(seq[t])
		for head := range int(a.Heads) {
			k := headsOf(a.SrcK, t, a.StrideK, head, 1, dim)
			v := headsOf(a.SrcV, t, a.StrideV, head, 1, dim)
			switch {
			case rows:
				c.storeRow(c.K, k, s, p, head)
				c.storeRow(c.V, v, s, p, head)
			case a.Type == quant.F32:
				storeKey(&c, k, s, p, head)
				storeValue(&c, v, s, p, head)
			default:
				storeKey(&c, halves(a.Type, half, k), s, p, head)
				storeValue(&c, halves(a.Type, half, v), s, p, head)
			}
		}
	}
}

// halves rounds a head to F16 or BF16.
func halves(t quant.Type, half *[MaxHeadDim]uint16, x []float32) []uint16 {
	if t == quant.F16 {
		simd.Active().F32ToF16(half[:len(x)], x)
		return half[:len(x)]
	}
	f, _ := quant.Lookup(t)
	f.Encode(unsafe.Slice((*byte)(unsafe.Pointer(half)), 2*len(x)), x)
	return half[:len(x)]
}

// headsOf is n heads of a token's vector; tokens lie stride floats apart.
func headsOf(p device.Ptr, token int, stride int32, head, n, dim int) []float32 {
	return device.HostSlice[float32](p+device.Ptr(token*int(stride)+head*dim)*4, n*dim)
}

func storeKey[T float32 | uint16](c *kvPages, k []T, seq, pos, head int) {
	panel := device.HostSlice[T](c.keys(seq, pos, head), len(k)*simd.Rows)
	for i, x := range k {
		panel[i*simd.Rows+pos%simd.Rows] = x
	}
}

func storeValue[T float32 | uint16](c *kvPages, v []T, seq, pos, head int) {
	for d := 0; d*simd.Rows < len(v); d++ {
		x := v[d*simd.Rows : min((d+1)*simd.Rows, len(v))]
		copy(device.HostSlice[T](c.values(seq, pos, head, d), len(x)), x)
	}
}
