package simd

import "golang.org/x/sys/cpu"

// native lists this CPU's assembly kernels, slowest first.
func native() []*Kernels {
	var all []*Kernels
	if hasAVX2() {
		all = append(all, &avx2)
	}
	if hasAVX2() && hasAVX512() {
		all = append(all, &avx512)
	}
	return all
}

func hasAVX2() bool {
	x := &cpu.X86
	return x.HasAVX2 && x.HasFMA && x.HasF16C
}

// hasAVX512 asks for what the kernels use, not for all that the name covers.
func hasAVX512() bool {
	x := &cpu.X86
	return x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512VNNI && x.HasBMI2
}
