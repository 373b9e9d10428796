//go:build !linux

package jit

// limitMemory does nothing: there is no such limit, or no use for it, where
// ROCm is for development only.
func limitMemory(int64) {}
