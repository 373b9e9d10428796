// Package ops is what models are made of: one file per op, each an argument
// struct laid out like a kernel's parameters and the Go code that does it on
// the CPU. The same file name in opstest holds the op's slow reference.
//
// ops knows memory only as addresses. It must not know which CPU it runs on
// (internal/simd does), which model calls it, or how work reaches threads.
//
// Unless an op says otherwise, tensors are float32, row-major and contiguous,
// and an output may be the same memory as an input of its shape. Wrong shapes
// are programmer errors: Items, which runs once per launch, panics and names
// the op and its arguments.
package ops

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device"
)

// badShape panics because of arguments that no caller may pass.
func badShape(op string, args any) {
	panic(fmt.Sprintf("ops: %s cannot do %+v", op, args))
}

// An elementwise op's work item is a block of elements, so that a single long
// row still feeds all threads.
const blockElems = 1024

// elemBlocks is the number of blocks that n elements fill.
func elemBlocks(n int) int { return (n + blockElems - 1) / blockElems }

// elemRange is the first element of blocks lo..hi-1, and how many there are.
func elemRange(lo, hi, n int) (first, count int) {
	first = lo * blockElems
	return first, min(hi*blockElems, n) - first
}

// hostRow is row r of a float32 matrix with dim columns.
func hostRow(p device.Ptr, r, dim int) []float32 {
	return device.HostSlice[float32](p+device.Ptr(r*dim*4), dim)
}

// hostElems is n floats, from the first on.
func hostElems(p device.Ptr, first, n int) []float32 {
	return device.HostSlice[float32](p+device.Ptr(first*4), n)
}
