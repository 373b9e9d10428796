package ops

import "github.com/rocmforge/rocmforge/device"

// Shapes of launches that several kernels share.

const elementBlock = 256 // threads of a kernel that does element by element

// rowGrid is a group for each row.
func rowGrid(rows, threads int) device.Grid {
	return device.Grid{Groups: [3]int{rows, 1, 1}, Block: threads}
}

// elementGrid is a thread for each of n elements of each row.
func elementGrid(n, rows int) device.Grid {
	return device.Grid{Groups: [3]int{ceilDiv(n, elementBlock), rows, 1}, Block: elementBlock}
}

// step is a variant of one kernel without constants of its own.
func step[A any](kernel string, grid func(a *A, c device.Caps) device.Grid) []device.Variant[A] {
	return []device.Variant[A]{{Steps: []device.Step[A]{{Kernel: kernel, Grid: grid}}}}
}

// noSpec is the Spec of kernels that are the same for all shapes and formats.
func noSpec[A any](*A) device.Spec { return device.Spec{} }
