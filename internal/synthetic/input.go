package synthetic

import (
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
)

// WithInput is a source whose quantized matrices ask for activations of a
// format, as checkpoints of AMD Quark do.
func WithInput(s weights.Source, input quant.Type) weights.Source { return withInput{s, input} }

type withInput struct {
	weights.Source
	input quant.Type
}

func (s withInput) Tensor(name string) (weights.Tensor, bool) {
	t, ok := s.Source.Tensor(name)
	if len(t.Shape) > 1 && t.Type != quant.F32 && t.Type != quant.F16 && t.Type != quant.BF16 {
		t.Input = s.input
	}
	return t, ok
}
