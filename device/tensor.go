package device

import (
	"fmt"
	"unsafe"

	"github.com/rocmforge/rocmforge/quant"
)

// Layout is how a tensor's elements lie in memory.
type Layout uint8

const (
	// Rows is row-major, each row a run of the format's blocks: the layout
	// of files and of activations.
	Rows Layout = iota
	// Panels is the CPU's layout for weights: 16 rows side by side
	// (internal/simd).
	Panels
	// Planes is the GPU's layout for weights: rows, and in each the same
	// parts of all blocks side by side (ops.Planes).
	Planes
)

// A Tensor is device memory that knows its format. Shape is row-major, the
// outermost dimension first: a weight of a linear layer is [out, in].
type Tensor struct {
	Type   quant.Type
	Layout Layout
	Shape  []int
	Ptr    Ptr
	Bytes  int
	Exact  bool // multiply it with activations that are not rounded
	// Input is the format that activations are rounded to before they meet the
	// tensor, where what a checkpoint asks for is simulated; 0 for none.
	Input quant.Type
	// Native says that matrix units take the tensor and activations of the format
	// Input as they are.
	Native bool
}

// Elems is the number of elements.
func (t *Tensor) Elems() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Dim is the size of dimension i, counted from the end when i is negative.
func (t *Tensor) Dim(i int) int {
	if i < 0 {
		i += len(t.Shape)
	}
	return t.Shape[i]
}

func (t *Tensor) String() string {
	return fmt.Sprintf("%v %s", t.Shape, t.Type)
}

// HostSlice is the one conversion from a host device's address to Go memory:
// n elements of type T at p. The memory lies outside Go's heap, so nothing
// keeps it alive but its owner.
func HostSlice[T any](p Ptr, n int) []T {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(HostPointer(p)), n)
}

// HostPointer is HostSlice for assembly.
func HostPointer(p Ptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&p))
}
