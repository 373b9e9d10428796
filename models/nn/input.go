package nn

import (
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// Input is an activation [tokens, dim] on its way into linear layers. Weights
// of different formats read it in different forms; each form is made once, when
// the first weight asks for it.
type Input struct {
	pack   [ops.FormCount]device.Bound[ops.PackArgs]
	forms  [ops.FormCount]device.Ptr // room for each form
	made   [ops.FormCount]bool       // of what rounded says
	at     [ops.FormCount]device.Ptr // where the forms that are made lie
	x      device.Ptr                // the activation as float32, or room for it
	source Source                    // what computes it, or nil
	tokens int
	dim    int

	simulate  map[quant.Type]device.Bound[ops.SimulateArgs]
	simulated device.Ptr // room for x, rounded
	rounded   rounding   // what the forms are made of
}

// A rounding is a format that activations are rounded to where that is
// simulated; the zero value leaves them alone.
type rounding struct {
	to    quant.Type
	scale float32 // of FP8_E4M3
}

// check refuses a rounding that cannot be, of rows of dim elements.
func (r rounding) check(dim int) error {
	if r.to == quant.FP8_E4M3 && r.scale == 0 {
		return fmt.Errorf("activations are to be rounded to %s, and there is no input_scale", r.to)
	}
	if f, _ := quant.Lookup(r.to); r.to != 0 && dim%f.BlockElems != 0 {
		return fmt.Errorf("%d activations are to be rounded to %s; multiples of %d can be", dim, r.to, f.BlockElems)
	}
	return nil
}

// A Source computes an activation, in any form that it was bound for.
type Source interface {
	Into(q device.Queue, y device.Ptr, f ops.Form)
	Has(f ops.Form) bool
}

// inputForms are the forms that a device's weights read and that have to be
// made: what FloatRows are lies there already. round is what activations are
// rounded to.
func inputForms(c device.Caps, round []quant.Type) []ops.Form {
	if c.Host {
		return []ops.Form{ops.FloatTiles, ops.Q8Tiles}
	}
	forms := []ops.Form{ops.Q8Rows, ops.HalfRows}
	for _, t := range round {
		if f, ok := ops.SmallForm(c, t); ok {
			forms = append(forms, f)
		}
	}
	return forms
}

// FormsFor are the forms in which a source computes the input of layers: on a
// GPU those that their weights read, on a CPU floats.
func FormsFor(c device.Caps, layers ...*Linear) []ops.Form {
	return append(formsFor(c, 1, layers...), formsFor(c, 2, layers...)...)
}

// formsFor are those for so many tokens.
func formsFor(c device.Caps, tokens int, layers ...*Linear) (forms []ops.Form) {
	if c.Host {
		return []ops.Form{ops.FloatRows}
	}
	for _, l := range layers {
		f := ops.InputForm(&l.Weight, tokens)
		if l.rounding().to != 0 {
			f = ops.FloatRows // to be rounded before it is packed
		}
		if !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	return forms
}

// NewInput takes room for tokens×dim values in all forms from an arena, and once
// more if they are to be rounded to some formats.
func NewInput(d device.Device, a *Arena, tokens, dim int, round []quant.Type) (*Input, error) {
	in := &Input{simulate: map[quant.Type]device.Bound[ops.SimulateArgs]{}}
	var err error
	for _, t := range round {
		if in.simulate[t], err = device.Bind(d, &ops.Simulate, ops.Simulate.Spec(&ops.SimulateArgs{Type: t})); err != nil {
			return nil, err
		}
	}
	if len(round) > 0 {
		if in.simulated, err = a.Floats(tokens * dim); err != nil {
			return nil, err
		}
	}
	for _, f := range inputForms(d.Caps(), round) {
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
func InputBytes(c device.Caps, tokens, dim int, round []quant.Type) (n int) {
	if len(round) > 0 {
		n = 4 * tokens * dim
	}
	for _, f := range inputForms(c, round) {
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
	in.SetSource(nil, x, tokens, dim)
	in.made[ops.FloatRows] = true
}

// SetSource makes what s computes the input. x is room for it as float32
// [tokens, dim].
func (in *Input) SetSource(s Source, x device.Ptr, tokens, dim int) {
	in.source, in.x, in.tokens, in.dim, in.at = s, x, tokens, dim, in.forms
	in.made, in.rounded = [ops.FormCount]bool{}, rounding{}
}

// SetForm makes x, [tokens, dim] in the only form that will be asked for, the
// input.
func (in *Input) SetForm(x device.Ptr, f ops.Form, tokens, dim int) {
	in.SetSource(nil, x, tokens, dim)
	in.made[f], in.at[f] = true, x
}

// packed gives the activations, rounded, in a form.
func (in *Input) packed(q device.Queue, f ops.Form, r rounding) device.Ptr {
	in.round(q, r)
	switch {
	case f == ops.FloatRows:
		return in.floats(q)
	case in.made[f]:
	case r.to == 0 && in.source != nil && in.source.Has(f):
		in.source.Into(q, in.forms[f], f)
	default:
		in.pack[f].Launch(q, &ops.PackArgs{
			Dst: in.forms[f], X: in.floats(q),
			Tokens: int32(in.tokens), K: int32(in.dim), Stride: int32(in.dim), Form: f, Step: r.scale,
		})
	}
	in.made[f] = true
	return in.at[f]
}

// floats gives the activations, rounded, as they are computed.
func (in *Input) floats(q device.Queue) device.Ptr {
	if in.rounded.to != 0 {
		return in.simulated
	}
	if !in.made[ops.FloatRows] {
		in.source.Into(q, in.x, ops.FloatRows)
		in.made[ops.FloatRows] = true
	}
	return in.x
}

// round rounds the activations as the weights' author does. Layers of one input
// seldom differ in that; where they do, the forms are made again.
func (in *Input) round(q device.Queue, r rounding) {
	if r == in.rounded {
		return
	}
	in.rounded = rounding{}
	x := in.floats(q)
	in.made, in.rounded = [ops.FormCount]bool{ops.FloatRows: true}, r
	if r.to != 0 {
		in.simulate[r.to].Launch(q, &ops.SimulateArgs{
			Y: in.simulated, X: x, Rows: int32(in.tokens), Dim: int32(in.dim), Type: r.to, Scale: r.scale,
		})
	}
}
