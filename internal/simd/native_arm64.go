package simd

// native lists this CPU's assembly kernels, slowest first.
func native() []*Kernels { return nil }
