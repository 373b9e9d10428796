package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// Embedding is a table of rows looked up by id.
type Embedding struct {
	Weight device.Tensor `gguf:"weight" hf:"weight" role:"table"`

	lookup device.Bound[ops.EmbeddingArgs]
}

// Bind prepares the layer.
func (l *Embedding) Bind(d device.Device) (err error) {
	l.lookup, err = device.Bind(d, &ops.Embedding, device.Spec{
		Formats: map[string]string{"w": l.Weight.Type.String()},
		Consts:  map[string]int{"DIM": l.Weight.Dim(1)},
	})
	return err
}

// Forward computes y[i, :] = W[ids[i], :].
func (l *Embedding) Forward(q device.Queue, y, ids device.Ptr, tokens int) {
	l.lookup.Launch(q, &ops.EmbeddingArgs{
		Y: y, W: l.Weight.Ptr, IDs: ids,
		Tokens: int32(tokens), Dim: int32(l.Weight.Dim(1)), Vocab: int32(l.Weight.Dim(0)),
		Type: l.Weight.Type, Layout: l.Weight.Layout, Scale: 1,
	})
}

// Gather picks rows of a float32 matrix [rows, dim] by index.
type Gather struct {
	lookup device.Bound[ops.EmbeddingArgs]
}

// Bind prepares the layer.
func (g *Gather) Bind(d device.Device, dim int) (err error) {
	g.lookup, err = device.Bind(d, &ops.Embedding, device.Spec{
		Formats: map[string]string{"w": quant.F32.String()},
		Consts:  map[string]int{"DIM": dim},
	})
	return err
}

// Forward computes y[i, :] = x[index[i], :].
func (g *Gather) Forward(q device.Queue, y, x, index device.Ptr, n, rows, dim int) {
	g.lookup.Launch(q, &ops.EmbeddingArgs{
		Y: y, W: x, IDs: index, Tokens: int32(n), Dim: int32(dim), Vocab: int32(rows),
		Type: quant.F32, Scale: 1, Layout: device.Rows,
	})
}
