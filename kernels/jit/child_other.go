//go:build !linux

package jit

import "os"

// limitMemory does nothing: there is no such limit, or no use for it, where
// ROCm is for development only.
func limitMemory(int64) {}

func keepStdout() *os.File { return os.Stdout }
