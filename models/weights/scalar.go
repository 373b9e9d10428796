package weights

import (
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// scalar reads a tensor [1]: a scale.
func (t *Tensor) scalar() (float32, error) {
	f, ok := quant.Lookup(t.Type)
	if !ok || f.Decode == nil || f.BlockElems != 1 || t.Type >= quant.I8 && t.Type <= quant.I64 || !slices.Equal(t.Shape, []int{1}) {
		return 0, fmt.Errorf("tensor %.128q is %s %v; one floating-point number was expected", t.Name, t.Type, t.Shape)
	}
	data, err := t.Bytes()
	if err != nil {
		return 0, err
	}
	var v [1]float32
	err = mmap.Guard(func() error {
		f.Decode(v[:], data)
		return nil
	})
	if err == nil {
		err = quark.CheckScale(v[0])
	}
	if err != nil {
		return 0, fmt.Errorf("tensor %.128q: %w", t.Name, err)
	}
	return v[0], nil
}
