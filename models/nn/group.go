package nn

import (
	"slices"

	"github.com/rocmforge/rocmforge/device"
)

// Group is linear layers that read the same input and whose outputs lie side by
// side: queries, keys and values, or the two halves of a gated MLP. Weights of
// one kind that lie one behind the other are multiplied at once.
type Group struct {
	parts []*Linear
	whole *Linear // all parts as one layer, or nil
}

// Bind prepares the layers.
func (g *Group) Bind(d device.Device, parts ...*Linear) error {
	g.parts, g.whole = parts, joined(parts)
	if g.whole != nil {
		return g.whole.Bind(d)
	}
	for _, l := range parts {
		if err := l.Bind(d); err != nil {
			return err
		}
	}
	return nil
}

// Out is the number of output features of all parts.
func (g *Group) Out() (n int) {
	for _, l := range g.parts {
		n += l.Out()
	}
	return n
}

// Forward computes y[tokens, Out].
func (g *Group) Forward(q device.Queue, y device.Ptr, x *Input) {
	if g.whole != nil {
		g.whole.Forward(q, y, x)
		return
	}
	at, stride := 0, g.Out()
	for _, l := range g.parts {
		l.launch(q, y+device.Ptr(4*at), x, 0, stride)
		at += l.Out()
	}
}

// joined is one layer in place of several, or nil if their weights are of
// different kinds or do not lie one behind the other.
func joined(parts []*Linear) *Linear {
	w := parts[0].Weight
	w.Shape = slices.Clone(w.Shape)
	for i, l := range parts {
		next := &l.Weight
		if l.Bias.Shape != nil || w.Ptr == 0 || next.Type != w.Type || next.Layout != w.Layout || next.Exact != w.Exact ||
			next.Native != w.Native || next.Input != w.Input ||
			l.rounding() != parts[0].rounding() {
			return nil
		}
		if i == 0 {
			continue
		}
		// Panels that are not full have rows of nothing behind them.
		full := w.Layout == device.Planes || w.Layout == device.Panels && w.Shape[0]%16 == 0
		if !full || next.Ptr != w.Ptr+device.Ptr(w.Bytes) {
			return nil
		}
		w.Shape[0] += next.Shape[0]
		w.Bytes += next.Bytes
	}
	return &Linear{Weight: w, InputScale: parts[0].InputScale}
}
