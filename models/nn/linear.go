// Package nn holds the layers that models are made of. A layer is a few
// tensors and the ops that use them; it knows no architecture and no device.
package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// Linear is y = W·x + b, with W of shape [out, in].
type Linear struct {
	Weight device.Tensor `gguf:"weight" hf:"weight" role:"matrix"`
	Bias   device.Tensor `gguf:"bias" hf:"bias" role:"vector" optional:"true"`
	// InputScale is the step by which FP8 activations are rounded before they
	// meet the weight; 0 if the file has none.
	InputScale float32 `gguf:"input_scale" hf:"input_scale" optional:"true"`

	gemv device.Bound[ops.GEMVArgs]
	gemm device.Bound[ops.GEMMArgs]
}

// Bind prepares the layer's kernels, once its weights have their places.
func (l *Linear) Bind(d device.Device) (err error) {
	if err := l.rounding().check(l.Weight.Dim(1)); err != nil {
		return err
	}
	one, many := l.args(1), l.args(2)
	if l.gemv, err = device.Bind(d, &ops.GEMV, ops.GEMV.Spec(&one)); err != nil {
		return err
	}
	l.gemm, err = device.Bind(d, &ops.GEMM, ops.GEMM.Spec(&many))
	return err
}

// Out is the number of output features.
func (l *Linear) Out() int { return l.Weight.Dim(0) }

// Forward computes y[tokens, out] = W·x + b.
func (l *Linear) Forward(q device.Queue, y device.Ptr, x *Input) {
	l.launch(q, y, x, 0, l.Out())
}

// ForwardAdd computes y += W·x + b.
func (l *Linear) ForwardAdd(q device.Queue, y device.Ptr, x *Input) {
	l.launch(q, y, x, y, l.Out())
}

// rounding is what becomes of activations before they meet the weight.
func (l *Linear) rounding() rounding {
	if l.Weight.Input == 0 || l.formRounds() {
		return rounding{}
	}
	return rounding{l.Weight.Input, l.InputScale}
}

// formRounds says that the form of the activations is the rounding: whatever
// writes it rounds.
func (l *Linear) formRounds() bool { return l.Weight.Native && l.Weight.Input != quant.FP8_E4M3 }

// args is a launch for so many tokens, without activations and outputs.
func (l *Linear) args(tokens int) ops.GEMMArgs {
	m := int32(l.Out())
	return ops.GEMMArgs{
		W: l.Weight.Ptr, Bias: l.Bias.Ptr,
		Tokens: int32(tokens), M: m, K: int32(l.Weight.Dim(1)), YStride: m,
		Type: l.Weight.Type, Form: ops.InputForm(&l.Weight, tokens), Layout: l.Weight.Layout,
	}
}

// launch writes rows that lie stride floats apart.
func (l *Linear) launch(q device.Queue, y device.Ptr, x *Input, residual device.Ptr, stride int) {
	a := l.args(x.tokens)
	a.Y, a.X, a.Residual, a.YStride = y, x.packed(q, a.Form, l.rounding()), residual, int32(stride)
	if x.tokens == 1 {
		l.gemv.Launch(q, &a)
	} else {
		l.gemm.Launch(q, &a)
	}
}
