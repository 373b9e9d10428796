package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// Attention is softmax(q·Kᵀ·scale)·V over a paged cache, with one key head
// serving a group of query heads (Ainslie et al. 2023, GQA).
type Attention struct {
	Heads, HeadDim int
	Window         int     // keys that a query sees, itself included; 0: all
	Scale          float32 // usually 1/sqrt(HeadDim)

	appendKV device.Bound[ops.KVAppendArgs]
	decode   device.Bound[ops.AttentionDecodeArgs]
	prefill  device.Bound[ops.AttentionPrefillArgs]
}

// Bind prepares the layer for a type of cache.
func (l *Attention) Bind(d device.Device, kv ops.KV) (err error) {
	s := device.Spec{
		Formats: map[string]string{"k": kv.Type.String(), "v": kv.Type.String()},
		Consts:  map[string]int{"HEAD_DIM": l.HeadDim, "GROUP": l.Heads / int(kv.Heads)},
	}
	if l.appendKV, err = device.Bind(d, &ops.KVAppend, s); err != nil {
		return err
	}
	if l.decode, err = device.Bind(d, &ops.AttentionDecode, s); err != nil {
		return err
	}
	l.prefill, err = device.Bind(d, &ops.AttentionPrefill, s)
	return err
}

// Forward appends k and v [tokens, kvHeads*headDim] to the cache and computes
// y from q, both [tokens, heads*headDim]. pos and seq are int32 [tokens].
func (l *Attention) Forward(q device.Queue, y, query, k, v device.Ptr, kv ops.KV, pos, seq device.Ptr, tokens int) {
	width := kv.Heads * kv.HeadDim
	l.appendKV.Launch(q, &ops.KVAppendArgs{
		KV: kv, SrcK: k, SrcV: v, Pos: pos, Seq: seq,
		Tokens: int32(tokens), StrideK: width, StrideV: width,
	})
	a := ops.AttentionPrefillArgs{
		Y: y, Q: query, Pos: pos, Seq: seq, KV: kv,
		Tokens: int32(tokens), Heads: int32(l.Heads),
		StrideQ: int32(l.Heads * l.HeadDim), StrideY: int32(l.Heads * l.HeadDim),
		Window: int32(l.Window), Scale: l.Scale,
	}
	if tokens == 1 {
		d := ops.AttentionDecodeArgs(a)
		l.decode.Launch(q, &d)
	} else {
		l.prefill.Launch(q, &a)
	}
}
