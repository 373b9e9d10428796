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
	work     device.Ptr // parts of heads, on a GPU
	splits   int        // the most groups that share a token's keys
}

// Bind prepares the layer for a type of cache and batches of so many tokens.
func (l *Attention) Bind(d device.Device, a *Arena, kv ops.KV, tokens int) (err error) {
	appending, attending := ops.KVAppendArgs{KV: kv}, ops.AttentionPrefillArgs{KV: kv, Heads: int32(l.Heads)}
	if l.appendKV, err = device.Bind(d, &ops.KVAppend, ops.KVAppend.Spec(&appending)); err != nil {
		return err
	}
	if l.decode, err = device.Bind(d, &ops.AttentionDecode, ops.AttentionDecode.Spec(&attending)); err != nil {
		return err
	}
	if l.prefill, err = device.Bind(d, &ops.AttentionPrefill, ops.AttentionPrefill.Spec(&attending)); err != nil {
		return err
	}
	if floats := l.workFloats(d.Caps(), kv, tokens); floats > 0 {
		l.splits = mostSplits(d.Caps(), kv)
		l.work, err = a.Floats(floats)
	}
	return err
}

// mostSplits gives each compute unit two groups of a single token.
func mostSplits(c device.Caps, kv ops.KV) int {
	return min(max(2*c.Workers/max(int(kv.Heads), 1), 1), 64)
}

func (l *Attention) workFloats(c device.Caps, kv ops.KV, tokens int) int {
	if c.Host {
		return 0
	}
	return max(ops.AttentionWork(1, l.Heads, l.HeadDim, mostSplits(c, kv)), ops.AttentionWork(tokens, l.Heads, l.HeadDim, 1))
}

// WorkBytes is what Bind takes from the arena.
func (l *Attention) WorkBytes(c device.Caps, kv ops.KV, tokens int) int {
	return 4 * l.workFloats(c, kv, tokens)
}

// A Place is where the tokens of a batch stand: int32 [Tokens] each. No token
// is further than Keys positions into its sequence.
type Place struct {
	Pos, Seq     device.Ptr
	Tokens, Keys int
}

// splitsFor shares the keys of single tokens among groups, 64 or more to each.
func (l *Attention) splitsFor(at *Place) int {
	if at.Tokens > 1 || l.splits == 0 {
		return 1
	}
	return min(max(at.Keys/64, 1), l.splits)
}

// Forward appends keys and values to the cache and computes y from the queries
// [tokens, heads*headDim]. Queries, keys and values lie side by side in qkv,
// the heads of a token in this order.
func (l *Attention) Forward(q device.Queue, y, qkv device.Ptr, kv ops.KV, at Place) {
	queries, keys := l.Heads*l.HeadDim, int(kv.Heads)*l.HeadDim
	width := int32(queries + 2*keys)
	k := qkv + device.Ptr(4*queries)
	l.appendKV.Launch(q, &ops.KVAppendArgs{
		KV: kv, SrcK: k, SrcV: k + device.Ptr(4*keys), Pos: at.Pos, Seq: at.Seq,
		Tokens: int32(at.Tokens), StrideK: width, StrideV: width,
	})
	a := ops.AttentionPrefillArgs{
		Y: y, Q: qkv, Pos: at.Pos, Seq: at.Seq, KV: kv, Work: l.work,
		Tokens: int32(at.Tokens), Heads: int32(l.Heads),
		StrideQ: width, StrideY: int32(queries),
		Window: int32(l.Window), Scale: l.Scale, Splits: int32(l.splitsFor(&at)),
	}
	if at.Tokens == 1 {
		l.decode.Launch(q, &a)
	} else {
		l.prefill.Launch(q, &a)
	}
}
