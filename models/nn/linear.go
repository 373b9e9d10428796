// Package nn holds the layers that models are made of. A layer is a few
// tensors and the ops that use them; it knows no architecture and no device.
package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// Linear is y = W·x + b, with W of shape [out, in].
type Linear struct {
	Weight device.Tensor `gguf:"weight" hf:"weight" role:"matrix"`
	Bias   device.Tensor `gguf:"bias" hf:"bias" role:"vector" optional:"true"`

	gemv device.Bound[ops.GEMVArgs]
	gemm device.Bound[ops.GEMMArgs]
}

// Bind prepares the layer's kernels, once its weights are loaded.
func (l *Linear) Bind(d device.Device) (err error) {
	s := device.Spec{
		Formats: map[string]string{"w": l.Weight.Type.String()},
		Consts:  map[string]int{"M": l.Weight.Dim(0), "K": l.Weight.Dim(1)},
	}
	if l.gemv, err = device.Bind(d, &ops.GEMV, s); err != nil {
		return err
	}
	l.gemm, err = device.Bind(d, &ops.GEMM, s)
	return err
}

// Out is the number of output features.
func (l *Linear) Out() int { return l.Weight.Dim(0) }

// Forward computes y[tokens, out] = W·x + b.
func (l *Linear) Forward(q device.Queue, y device.Ptr, x *Input) {
	l.launch(q, y, x, 0)
}

// ForwardAdd computes y += W·x + b.
func (l *Linear) ForwardAdd(q device.Queue, y device.Ptr, x *Input) {
	l.launch(q, y, x, y)
}

func (l *Linear) launch(q device.Queue, y device.Ptr, x *Input, residual device.Ptr) {
	a := ops.GEMMArgs{
		Y: y, X: x.packed(q, ops.PackForm(l.Weight.Type, l.Weight.Layout)), W: l.Weight.Ptr,
		Bias: l.Bias.Ptr, Residual: residual,
		Tokens: int32(x.tokens), M: int32(l.Weight.Dim(0)), K: int32(l.Weight.Dim(1)),
		YStride: int32(l.Weight.Dim(0)), Type: l.Weight.Type, Layout: l.Weight.Layout,
	}
	if x.tokens == 1 {
		v := ops.GEMVArgs(a)
		l.gemv.Launch(q, &v)
	} else {
		l.gemm.Launch(q, &a)
	}
}
