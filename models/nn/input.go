package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// Input is an activation [tokens, dim] on its way into linear layers. Weights
// of different formats read it in different forms; each form is made once, when
// the first weight asks for it.
type Input struct {
	pack   [ops.FormCount]device.Bound[ops.PackArgs]
	forms  [ops.FormCount]device.Ptr // room for each form
	made   [ops.FormCount]bool
	x      device.Ptr
	tokens int
	dim    int
}

// inputForms are the forms that a device's weights read and that have to be
// made: what FloatRows are lies there already.
func inputForms(c device.Caps) []ops.Form {
	if c.Host {
		return []ops.Form{ops.FloatTiles, ops.Q8Tiles}
	}
	return []ops.Form{ops.Q8Rows, ops.HalfRows}
}

// NewInput takes room for tokens×dim values in all forms from an arena.
func NewInput(d device.Device, a *Arena, tokens, dim int) (*Input, error) {
	in := &Input{}
	var err error
	for _, f := range inputForms(d.Caps()) {
		if in.pack[f], err = device.Bind(d, &ops.Pack, ops.Pack.Spec(&ops.PackArgs{Form: f})); err != nil {
			return nil, err
		}
		if in.forms[f], err = a.Bytes(inputBytes(f, tokens, dim)); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// InputBytes is what NewInput takes from the arena.
func InputBytes(c device.Caps, tokens, dim int) (n int) {
	for _, f := range inputForms(c) {
		n += inputBytes(f, tokens, dim)
	}
	return n
}

// inputBytes rounds dim up, since weights that read blocks of 32 may be
// narrower than the widest weight.
func inputBytes(f ops.Form, tokens, dim int) int {
	return ops.PackedBytes(f, tokens, (dim+31)/32*32)
}

// Set makes x, a float32 [tokens, dim], the input.
func (in *Input) Set(x device.Ptr, tokens, dim int) {
	in.x, in.tokens, in.dim = x, tokens, dim
	in.made = [ops.FormCount]bool{}
}

func (in *Input) packed(q device.Queue, f ops.Form) device.Ptr {
	if f == ops.FloatRows {
		return in.x
	}
	if !in.made[f] {
		in.pack[f].Launch(q, &ops.PackArgs{
			Dst: in.forms[f], X: in.x,
			Tokens: int32(in.tokens), K: int32(in.dim), Stride: int32(in.dim), Form: f,
		})
		in.made[f] = true
	}
	return in.forms[f]
}
