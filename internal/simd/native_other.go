//go:build !amd64 && !arm64

package simd

// native lists this CPU's assembly kernels, slowest first: none here.
func native() []*Kernels { return nil }
