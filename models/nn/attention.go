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
	divide   device.Bound[ops.DivideArgs]
	scale    device.Bound[ops.ScaleArgs]
	work     device.Ptr // parts of heads, on a GPU
	splits   int        // the most groups that share a token's keys
}

// Bind prepares the layer for a type of cache and batches of so many tokens.
// scaled says that the cache may have scales.
func (l *Attention) Bind(d device.Device, a *Arena, kv ops.KV, tokens int, scaled bool) (err error) {
	if err := ops.KVTypeError(kv.Type, l.HeadDim); err != nil {
		return err
	}
	if scaled {
		if err := l.bindScales(d); err != nil {
			return err
		}
	}
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

func (l *Attention) bindScales(d device.Device) (err error) {
	if l.divide, err = device.Bind(d, &ops.Divide, device.Spec{}); err != nil {
		return err
	}
	l.scale, err = device.Bind(d, &ops.Scale, device.Spec{})
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

// KVScales are the steps of a layer's keys and values in the cache; the zero
// value is 1 for both.
type KVScales struct{ K, V float32 }

// splitsFor shares the keys of single tokens among groups, 64 or more to each.
func (l *Attention) splitsFor(at *Place) int {
	if at.Tokens > 1 || l.splits == 0 {
		return 1
	}
	return min(max(at.Keys/64, 1), l.splits)
}

// Forward appends keys and values to the cache and computes y from the queries
// [tokens, heads*headDim]. Queries, keys and values lie side by side in qkv,
// the heads of a token in this order. With scales, the keys and values there
// come out divided by them.
func (l *Attention) Forward(q device.Queue, y, qkv device.Ptr, kv ops.KV, at Place, s KVScales) {
	queries, keys := l.Heads*l.HeadDim, int(kv.Heads)*l.HeadDim
	width := int32(queries + 2*keys)
	k := qkv + device.Ptr(4*queries)
	scale := l.Scale
	if s != (KVScales{}) {
		l.divideBy(q, k, at.Tokens, keys, width, s)
		scale *= s.K // q·k = q·(k/s)·s
	}
	l.appendKV.Launch(q, &ops.KVAppendArgs{
		KV: kv, SrcK: k, SrcV: k + device.Ptr(4*keys), Pos: at.Pos, Seq: at.Seq,
		Tokens: int32(at.Tokens), StrideK: width, StrideV: width,
	})
	a := ops.AttentionPrefillArgs{
		Y: y, Q: qkv, Pos: at.Pos, Seq: at.Seq, KV: kv, Work: l.work,
		Tokens: int32(at.Tokens), Heads: int32(l.Heads),
		StrideQ: width, StrideY: int32(queries),
		Window: int32(l.Window), Scale: scale, Splits: int32(l.splitsFor(&at)),
	}
	if at.Tokens == 1 {
		l.decode.Launch(q, &a)
	} else {
		l.prefill.Launch(q, &a)
	}
	if s != (KVScales{}) {
		l.scale.Launch(q, &ops.ScaleArgs{Y: y, X: y, N: int32(at.Tokens * queries), S: s.V})
	}
}

// divideBy divides the keys at k and the values behind them by their scales.
func (l *Attention) divideBy(q device.Queue, k device.Ptr, tokens, keys int, width int32, s KVScales) {
	a := ops.DivideArgs{X: k, Rows: int32(tokens), Dim: int32(keys), Stride: width, By: s.K}
	l.divide.Launch(q, &a)
	a.X, a.By = k+device.Ptr(4*keys), s.V
	l.divide.Launch(q, &a)
}
