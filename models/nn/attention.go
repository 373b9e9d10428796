package nn

import (
	"cmp"
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// Attention is softmax(q·Kᵀ·scale)·V over a paged cache, with one key head
// serving a group of query heads (Ainslie et al. 2023, GQA). It is the Source of
// the layer behind it.
type Attention struct {
	Heads, KVHeads, HeadDim int
	Window                  int     // keys that a query sees, itself included; 0: all
	Scale                   float32 // usually 1/sqrt(HeadDim)

	append  device.Bound[ops.RoPEAppendArgs]
	decode  forms[ops.AttentionDecodeArgs]
	prefill forms[ops.AttentionPrefillArgs]
	scale   device.Bound[ops.ScaleArgs]
	work    device.Ptr // parts of heads, on a GPU
	splits  int        // the most groups that share a token's keys

	// What Into does next.
	qkv    device.Ptr
	kv     ops.KV
	at     Place
	scales KVScales
}

// Bind prepares the layer for a type of cache and the layers that read what it
// computes. work is room for WorkFloats, which layers may share. scaled says
// that the cache may have scales.
func (l *Attention) Bind(d device.Device, work device.Ptr, kv ops.KV, scaled bool, readers ...*Linear) (err error) {
	kv.Heads = int32(l.KVHeads)
	if err := ops.KVTypeError(kv.Type, l.HeadDim); err != nil {
		return err
	}
	if scaled {
		if l.scale, err = device.Bind(d, &ops.Scale, device.Spec{}); err != nil {
			return err
		}
	}
	appending := ops.RoPEAppendArgs{KV: kv}
	if l.append, err = device.Bind(d, &ops.RoPEAppend, ops.RoPEAppend.Spec(&appending)); err != nil {
		return fmt.Errorf("a KV cache of type %s (another --kv-cache-dtype may do): %w", kv.Type, err)
	}
	args := ops.AttentionPrefillArgs{KV: kv, Heads: int32(l.Heads)}
	for _, f := range l.forms(d.Caps(), 1, readers) {
		args.YForm = f
		if err := l.decode.bind(d, &ops.AttentionDecode, f, args); err != nil {
			return err
		}
	}
	for _, f := range l.forms(d.Caps(), 2, readers) {
		args.YForm = f
		if err := l.prefill.bind(d, &ops.AttentionPrefill, f, args); err != nil {
			return err
		}
	}
	if !d.Caps().Host {
		l.work, l.splits = work, l.mostSplits(d.Caps())
	}
	return nil
}

// forms are those in which heads can be written for readers of so many tokens.
func (l *Attention) forms(c device.Caps, tokens int, readers []*Linear) []ops.Form {
	forms := formsFor(c, tokens, readers...)
	for i, f := range forms {
		if ops.InBlocks(f) && (l.HeadDim%32 != 0 || tokens > 1) { // a block of 32 may be of two heads
			forms[i] = ops.FloatRows
		}
	}
	return forms
}

// mostSplits gives each compute unit two groups of a single token.
func (l *Attention) mostSplits(c device.Caps) int {
	return min(max(2*c.Workers/l.KVHeads, 1), ops.MaxSplits)
}

// WorkFloats is how many float32 batches of so many tokens take for parts of
// heads: 0 on a CPU.
func (l *Attention) WorkFloats(c device.Caps, tokens int) int {
	if c.Host {
		return 0
	}
	return max(ops.AttentionWork(1, l.Heads, l.HeadDim, l.mostSplits(c)), ops.AttentionWork(tokens, l.Heads, l.HeadDim, 1))
}

// A Place is where the tokens of a batch stand: int32 [Tokens] each. No token
// is further than Keys positions into its sequence.
type Place struct {
	Pos, Seq     device.Ptr
	Tokens, Keys int
}

// KVScales are the steps of a layer's keys and values in a cache of FP8; the zero
// value is 1 for both.
type KVScales struct {
	K float32 `gguf:"attn_k.output_scale" hf:"self_attn.k_proj.output_scale" optional:"true"`
	V float32 `gguf:"attn_v.output_scale" hf:"self_attn.v_proj.output_scale" optional:"true"`
}

// Of are the steps in a cache of type t. A file may have only one of them.
func (s KVScales) Of(t quant.Type) KVScales {
	if t != quant.FP8_E4M3 || s == (KVScales{}) {
		return KVScales{}
	}
	return KVScales{K: cmp.Or(s.K, 1), V: cmp.Or(s.V, 1)}
}

// splitsFor shares the keys of single tokens among groups, 64 or more to each.
func (l *Attention) splitsFor(at *Place) int {
	if at.Tokens > 1 || l.splits == 0 {
		return 1
	}
	return min(max(at.Keys/64, 1), l.splits)
}

// Append rotates queries and keys and appends keys and values to the cache.
// Queries, keys and values lie side by side in qkv, the heads of a token in
// this order.
func (l *Attention) Append(q device.Queue, qkv device.Ptr, rope *RoPE, kv ops.KV, at Place, s KVScales) {
	l.qkv, l.kv, l.at, l.scales = qkv, kv, at, s
	l.append.Launch(q, &ops.RoPEAppendArgs{
		KV: kv, QKV: qkv, Pos: at.Pos, Seq: at.Seq, Freq: rope.freq,
		Tokens: int32(at.Tokens), Heads: int32(l.Heads), RotDim: int32(rope.rot), Stride: l.width(),
		Pairing: rope.Pairing, Scale: rope.scale, KeyStep: s.K, ValueStep: s.V,
	})
}

// width is the floats of a token in qkv.
func (l *Attention) width() int32 { return int32((l.Heads + 2*l.KVHeads) * l.HeadDim) }

// Has tells whether Into can do a form.
func (l *Attention) Has(f ops.Form) bool {
	if l.scales != (KVScales{}) {
		return f == ops.FloatRows
	}
	if l.at.Tokens == 1 {
		return l.decode.has[f]
	}
	return l.prefill.has[f]
}

// Into computes y [tokens, Heads*HeadDim] from what Append saw last.
func (l *Attention) Into(q device.Queue, y device.Ptr, f ops.Form) {
	a := ops.AttentionPrefillArgs{
		Y: y, Q: l.qkv, Pos: l.at.Pos, Seq: l.at.Seq, KV: l.kv, Work: l.work,
		Tokens: int32(l.at.Tokens), Heads: int32(l.Heads),
		StrideQ: l.width(), StrideY: int32(l.Heads * l.HeadDim),
		Window: int32(l.Window), Scale: l.Scale, Splits: int32(l.splitsFor(&l.at)), YForm: f,
	}
	scaled := l.scales != (KVScales{})
	if scaled {
		a.Scale *= l.scales.K // q·k = q·(k/s)·s
	}
	if l.at.Tokens == 1 {
		l.decode.op[f].Launch(q, &a)
	} else {
		l.prefill.op[f].Launch(q, &a)
	}
	if scaled {
		l.scale.Launch(q, &ops.ScaleArgs{Y: y, X: y, N: a.Tokens * a.StrideY, S: l.scales.V})
	}
}
