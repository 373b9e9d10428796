package models

import (
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
)

// Pass is the tokens on their way through the blocks. Its methods are the steps
// that a block is made of: x is the residual stream, h the input of the next
// linear layer.
type Pass struct {
	q      device.Queue
	work   work
	at     nn.Place
	rope   *nn.RoPE
	cache  *kvcache.Cache
	layer  int
	hidden int
}

// norm: h = norm(x).
func (p *Pass) norm(n *nn.RMSNorm) {
	p.work.input.SetSource(n.Of(p.work.x, p.at.Tokens), p.work.h, p.at.Tokens, p.hidden)
}

// project: queries, keys and values of h.
func (p *Pass) project(g *nn.Group) { g.Forward(p.q, p.work.qkv, p.work.input) }

// normHeads norms the queries and keys that a reads.
func (p *Pass) normHeads(n *nn.HeadNorm, a *nn.Attention) { n.Forward(p.q, p.work.qkv, a, p.at.Tokens) }

// attend turns queries and keys, appends keys and values to the cache, and makes
// what attention computes the next h.
func (p *Pass) attend(a *nn.Attention, s *nn.KVScales) {
	a.Append(p.q, p.work.qkv, p.rope, p.cache.Layer(p.layer), p.at, s.Of(p.cache.Spec().Type))
	p.work.input.SetSource(a, p.work.y, p.at.Tokens, a.Heads*a.HeadDim)
}

// add: x += W·h.
func (p *Pass) add(l *nn.Linear) { l.ForwardAdd(p.q, p.work.x, p.work.input) }

// feed: x += mlp(h).
func (p *Pass) feed(l *nn.MLP) {
	l.Forward(p.q, p.work.x, p.work.gateUp, p.work.act, p.work.input)
}

// binder prepares the parts of blocks on a device; the first error stays.
type binder struct {
	d   device.Device
	eps float64
	err error
}

func (b *binder) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}

// norm prepares a norm whose output those layers read.
func (b *binder) norm(n *nn.RMSNorm, readers ...*nn.Linear) {
	b.keep(n.Bind(b.d, b.eps, nn.FormsFor(b.d.Caps(), readers...)...))
}

func (b *binder) headNorm(n *nn.HeadNorm, q, k *nn.RMSNorm) { b.keep(n.Bind(b.d, b.eps, q, k)) }

func (b *binder) group(g *nn.Group, parts ...*nn.Linear) { b.keep(g.Bind(b.d, parts...)) }
func (b *binder) linear(l *nn.Linear)                    { b.keep(l.Bind(b.d)) }
func (b *binder) mlp(l *nn.MLP)                          { b.keep(l.Bind(b.d)) }

// attention is that of all blocks with the same heads and window.
type attention struct {
	nn.Attention
	readers []*nn.Linear
	scales  []*nn.KVScales
}

// attention is that of a layer, whose output o reads.
func (m *Decoder) attention(layer, window int, o *nn.Linear, s *nn.KVScales) *nn.Attention {
	l, hd := m.config.Layer(layer), m.config.HeadDim
	var of *attention
	for _, a := range m.attending {
		if a.Heads == l.Heads && a.KVHeads == l.KVHeads && a.Window == window {
			of = a
		}
	}
	if of == nil {
		of = &attention{Attention: nn.Attention{
			Heads: l.Heads, KVHeads: l.KVHeads, HeadDim: hd, Window: window,
			Scale: float32(1 / math.Sqrt(float64(hd))),
		}}
		m.attending = append(m.attending, of)
	}
	of.readers, of.scales = append(of.readers, o), append(of.scales, s)
	return &of.Attention
}

func (a *attention) bind(d device.Device, work device.Ptr, kv ops.KV) error {
	scaled := false
	for _, s := range a.scales {
		scaled = scaled || s.Of(kv.Type) != nn.KVScales{}
	}
	return a.Bind(d, work, kv, scaled, a.readers...)
}
