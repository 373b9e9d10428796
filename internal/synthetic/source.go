package synthetic

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
)

// Source is a shape's tensors by name, type and shape, for those who want to
// know what a model would need. There are no data to read.
func Source(shape string, r *convert.Recipe) (weights.Source, *models.Config, error) {
	c, err := config(shape)
	if err != nil {
		return nil, nil, err
	}
	plan, err := plan(c, r)
	if err != nil {
		return nil, nil, err
	}
	return source(plan), c, nil
}

// config is the hyper-parameters of a shape.
func config(shape string) (*models.Config, error) {
	c, ok := shapes[strings.ToLower(shape)]
	if !ok {
		return nil, fmt.Errorf("shape %q is not known; known are %s", shape, strings.Join(Shapes(), ", "))
	}
	c.Architecture, c.Context, c.Eps = "llama", contextLength, 1e-5
	c.RoPE = models.RoPEConfig{Base: 500000, Dim: c.HeadDim}
	return &c, nil
}

type source []planned

func (s source) Naming() weights.Naming { return weights.GGUF }
func (s source) Mapped() bool           { return false }
func (s source) Changed() error         { return nil }
func (s source) Close() error           { return nil }

func (s source) Names() (names []string) {
	for _, p := range s {
		names = append(names, p.GGUF)
	}
	return names
}

func (s source) Tensor(name string) (weights.Tensor, bool) {
	for _, p := range s {
		if p.GGUF == name {
			f, _ := quant.Lookup(p.typ)
			size, _ := f.RowBytes(p.elems)
			return weights.Tensor{Name: name, Type: p.typ, Shape: p.Shape, Size: size, Bytes: noData}, true
		}
	}
	return weights.Tensor{}, false
}

func noData() ([]byte, error) { return nil, errors.New("a shape has no data") }
