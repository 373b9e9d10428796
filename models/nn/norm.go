package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// RMSNorm scales each row to unit root mean square and multiplies it by a
// weight (Zhang and Sennrich 2019). It is the Source of the layers behind it.
type RMSNorm struct {
	Weight device.Tensor `gguf:"weight" hf:"weight" role:"vector"`

	eps  float32
	norm forms[ops.RMSNormArgs]
	x    device.Ptr
	rows int
}

// Bind prepares the layer to compute its output in some forms.
func (l *RMSNorm) Bind(d device.Device, eps float64, forms ...ops.Form) error {
	l.eps = float32(eps)
	for _, f := range forms {
		if err := l.norm.bind(d, &ops.RMSNorm, f, l.args(f)); err != nil {
			return err
		}
	}
	return nil
}

func (l *RMSNorm) args(f ops.Form) ops.RMSNormArgs {
	return ops.RMSNormArgs{X: l.x, W: l.Weight.Ptr, Rows: int32(l.rows), Dim: int32(l.Weight.Dim(0)), Eps: l.eps, Form: f}
}

// Of makes norm(x), over rows of the weight's length, what Into computes.
func (l *RMSNorm) Of(x device.Ptr, rows int) *RMSNorm {
	l.x, l.rows = x, rows
	return l
}

// Has tells whether Into can do a form.
func (l *RMSNorm) Has(f ops.Form) bool { return l.norm.has[f] }

// Into computes y [rows, dim] in a form; floats may replace x.
func (l *RMSNorm) Into(q device.Queue, y device.Ptr, f ops.Form) {
	a := l.args(f)
	a.Y = y
	l.norm.op[f].Launch(q, &a)
}
