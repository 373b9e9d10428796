package models

import (
	"reflect"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/quant"
)

// work is the buffers of a pass.
type work struct {
	x      device.Ptr // residual stream     [T, D]
	h      device.Ptr // normalised          [T, D]
	qkv    device.Ptr // queries, keys, values  [T, (H+2KV)*hd]
	y      device.Ptr // attention's output  [T, H*hd]
	gateUp device.Ptr //                     [T, 2F]
	act    device.Ptr // silu(gate) * up     [T, F]
	parts  device.Ptr // of heads, on a GPU
	last   device.Ptr // gathered rows       [LogitRows, D]
	logits device.Ptr //                     [LogitRows, V]
	input  *nn.Input
}

// workBuffer is one of the buffers of a pass and its length in float32.
type workBuffer struct {
	p      *device.Ptr
	floats int
}

// workBuffers are as large as the layer that takes most of each.
func (m *Decoder) workBuffers(caps device.Caps, T int) []workBuffer {
	c, w := m.config, &m.pass.work
	heads, parts := 0, 0 // of queries, keys and values; on a GPU
	for _, a := range m.attending {
		heads, parts = max(heads, a.Heads+2*a.KVHeads), max(parts, a.WorkFloats(caps, T))
	}
	return []workBuffer{
		{&w.x, T * c.Hidden}, {&w.h, T * c.Hidden}, {&w.qkv, T * heads * c.HeadDim}, {&w.y, T * c.Heads * c.HeadDim},
		{&w.gateUp, T * 2 * c.FFN}, {&w.act, T * c.FFN}, {&w.parts, parts},
		{&w.last, LogitRows * c.Hidden}, {&w.logits, LogitRows * c.Vocab},
	}
}

// widest is the longest input of a linear layer.
func (m *Decoder) widest() int {
	return max(m.config.Hidden, m.config.FFN, m.config.Heads*m.config.HeadDim)
}

// roundings lists the formats that activations are rounded to.
func (m *Decoder) roundings() (types []quant.Type) {
	for _, l := range linearsOf(reflect.ValueOf(m)) {
		if t := l.Weight.Input; t != 0 && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// linearsOf lists the linear layers of a struct, also those of nested ones.
func linearsOf(v reflect.Value) (all []*nn.Linear) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return linearsOf(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, linearsOf(v.Index(i))...)
		}
	case reflect.Struct:
		if l, ok := v.Addr().Interface().(*nn.Linear); ok {
			return []*nn.Linear{l}
		}
		for f, field := range v.Fields() {
			if f.IsExported() {
				all = append(all, linearsOf(field)...)
			}
		}
	}
	return all
}

func (m *Decoder) allocate(d device.Device, a *nn.Arena) (err error) {
	for _, b := range m.workBuffers(d.Caps(), m.batch) {
		if b.floats == 0 {
			continue
		}
		if *b.p, err = a.Floats(b.floats); err != nil {
			return err
		}
	}
	if m.pass.work.input, err = nn.NewInput(d, a, m.batch, m.widest(), m.roundings()); err != nil {
		return err
	}
	m.in, err = newInputs(a, m.batch)
	return err
}

// WorkBytes is the size of the work buffers.
func (m *Decoder) WorkBytes(c device.Caps) int {
	T := BatchTokens(c)
	n := inputsBytes(T) + nn.InputBytes(c, T, m.widest(), m.roundings())
	for _, b := range m.workBuffers(c, T) {
		n += 4 * b.floats
	}
	return n
}
