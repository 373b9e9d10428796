package simd

import "golang.org/x/sys/cpu"

// native lists this CPU's assembly kernels, slowest first.
func native() []*Kernels {
	if cpu.ARM64.HasASIMDDP {
		return []*Kernels{&neon}
	}
	return nil
}
