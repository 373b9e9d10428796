package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// HeadNorm is RMSNorm of each head of queries and of keys, whose weights are
// those of two norms over a head.
type HeadNorm struct {
	q, k *RMSNorm
	eps  float32
	norm device.Bound[ops.HeadNormArgs]
}

// Bind prepares the layer.
func (l *HeadNorm) Bind(d device.Device, eps float64, q, k *RMSNorm) (err error) {
	l.q, l.k, l.eps = q, k, float32(eps)
	l.norm, err = device.Bind(d, &ops.HeadNorm, ops.HeadNorm.Spec(&ops.HeadNormArgs{HeadDim: int32(q.Weight.Dim(0))}))
	return err
}

// Forward norms the queries and keys that lie as a reads them, in place.
func (l *HeadNorm) Forward(q device.Queue, qkv device.Ptr, a *Attention, tokens int) {
	l.norm.Launch(q, &ops.HeadNormArgs{
		QKV: qkv, QW: l.q.Weight.Ptr, KW: l.k.Weight.Ptr, Tokens: int32(tokens),
		Heads: int32(a.Heads), KVHeads: int32(a.KVHeads), HeadDim: int32(a.HeadDim), Stride: a.width(), Eps: l.eps,
	})
}
