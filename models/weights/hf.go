package weights

import (
	"slices"

	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/safetensors"
)

// hfSource is the safetensors of a Hugging Face folder.
type hfSource struct {
	file  *safetensors.File
	names []string
}

// FromSafetensors makes a source of safetensors and owns them.
func FromSafetensors(f *safetensors.File) Source {
	s := &hfSource{file: f}
	for _, t := range f.Tensors {
		s.names = append(s.names, t.Name)
	}
	return s
}

func (s *hfSource) Naming() Naming  { return HuggingFace }
func (s *hfSource) Mapped() bool    { return true }
func (s *hfSource) Names() []string { return slices.Clone(s.names) }
func (s *hfSource) Changed() error  { return s.file.Changed() }
func (s *hfSource) Close() error    { return s.file.Close() }

// hfTypes are the element types that are tensor types as well.
var hfTypes = map[safetensors.DType]quant.Type{
	safetensors.F64: quant.F64, safetensors.F32: quant.F32,
	safetensors.F16: quant.F16, safetensors.BF16: quant.BF16,
	safetensors.I8: quant.I8, safetensors.I16: quant.I16,
	safetensors.I32: quant.I32, safetensors.I64: quant.I64,
	safetensors.F8_E4M3: quant.FP8_E4M3,
}

// noType is a type that nothing can decode.
const noType = ^quant.Type(0)

func (s *hfSource) Tensor(name string) (Tensor, bool) {
	t, ok := s.file.Tensor(name)
	if !ok {
		return Tensor{}, false
	}
	typ, ok := hfTypes[t.DType]
	if !ok {
		typ = noType
	}
	shape := make([]int, len(t.Shape))
	for i, d := range t.Shape {
		shape[i] = int(d)
	}
	return Tensor{Name: t.Name, Type: typ, Shape: shape, Size: int(t.Size), Bytes: t.Bytes}, true
}
