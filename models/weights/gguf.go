package weights

import (
	"slices"

	"github.com/rocmforge/rocmforge/gguf"
)

// ggufSource is a GGUF file, or all parts of a split one.
type ggufSource struct {
	file   *gguf.File
	mapped bool
}

// FromGGUF makes a source of a GGUF file and owns it. mapped says that it was
// opened by path, so that its tensors' bytes stay where they are.
func FromGGUF(f *gguf.File, mapped bool) Source { return &ggufSource{f, mapped} }

func (s *ggufSource) Naming() Naming { return GGUF }
func (s *ggufSource) Mapped() bool   { return s.mapped }
func (s *ggufSource) Changed() error { return s.file.Changed() }
func (s *ggufSource) Close() error   { return s.file.Close() }

func (s *ggufSource) Names() []string {
	names := make([]string, len(s.file.Tensors))
	for i, t := range s.file.Tensors {
		names[i] = t.Name
	}
	return names
}

func (s *ggufSource) Tensor(name string) (Tensor, bool) {
	t, ok := s.file.Tensor(name)
	if !ok {
		return Tensor{}, false
	}
	shape := make([]int, len(t.Dims))
	for i, d := range t.Dims {
		shape[i] = int(d)
	}
	slices.Reverse(shape) // ggml puts the row length first
	return Tensor{Name: t.Name, Type: t.Type, Shape: shape, Size: int(t.Size), Bytes: t.Bytes}, true
}
