package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// Input is an activation [tokens, dim] on its way into linear layers. Weights
// of different formats read it in different forms; each form is made once, when
// the first weight asks for it.
type Input struct {
	pack   device.Bound[ops.PackArgs]
	forms  [2]device.Ptr // room for each form
	made   [2]bool
	x      device.Ptr
	tokens int
	dim    int
}

// NewInput takes room for tokens×dim values in both forms from an arena.
func NewInput(d device.Device, a *Arena, tokens, dim int) (*Input, error) {
	in := &Input{}
	var err error
	if in.pack, err = device.Bind(d, &ops.Pack, device.Spec{}); err != nil {
		return nil, err
	}
	for _, f := range []ops.Form{ops.FloatTiles, ops.Q8Tiles} {
		if in.forms[f], err = a.Bytes(inputBytes(f, tokens, dim)); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// InputBytes is what NewInput takes from the arena.
func InputBytes(tokens, dim int) int {
	return inputBytes(ops.FloatTiles, tokens, dim) + inputBytes(ops.Q8Tiles, tokens, dim)
}

// inputBytes rounds dim up, since weights that read blocks of 32 may be
// narrower than the widest weight.
func inputBytes(f ops.Form, tokens, dim int) int {
	return ops.PackedBytes(f, tokens, (dim+31)/32*32)
}

// Set makes x, a float32 [tokens, dim], the input.
func (in *Input) Set(x device.Ptr, tokens, dim int) {
	in.x, in.tokens, in.dim = x, tokens, dim
	in.made = [2]bool{}
}

func (in *Input) packed(q device.Queue, f ops.Form) device.Ptr {
	if !in.made[f] {
		in.pack.Launch(q, &ops.PackArgs{
			Dst: in.forms[f], X: in.x,
			Tokens: int32(in.tokens), K: int32(in.dim), Stride: int32(in.dim), Form: f,
		})
		in.made[f] = true
	}
	return in.forms[f]
}
