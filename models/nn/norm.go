package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// RMSNorm scales each row to unit root mean square and multiplies it by a
// weight (Zhang and Sennrich 2019).
type RMSNorm struct {
	Weight device.Tensor `gguf:"weight" hf:"weight" role:"vector"`

	eps  float32
	norm device.Bound[ops.RMSNormArgs]
}

// Bind prepares the layer.
func (l *RMSNorm) Bind(d device.Device, eps float64) (err error) {
	l.eps = float32(eps)
	l.norm, err = device.Bind(d, &ops.RMSNorm, device.Spec{Consts: map[string]int{"DIM": l.Weight.Dim(0)}})
	return err
}

// Forward computes y = norm(x) over rows of the weight's length; y may be x.
func (l *RMSNorm) Forward(q device.Queue, y, x device.Ptr, rows int) {
	l.norm.Launch(q, &ops.RMSNormArgs{
		Y: y, X: x, W: l.Weight.Ptr,
		Rows: int32(rows), Dim: int32(l.Weight.Dim(0)), Eps: l.eps,
	})
}
