package jit

// registerFile is what limits the waves of a SIMD: how many vector registers
// it has for waves of the size at hand, in what pieces it gives them out, and
// how many waves it keeps at most.
type registerFile struct{ registers, granule, waves int }

// A computeUnit is what a block runs on: a compute unit, or a work-group
// processor of two.
type computeUnit struct{ simds, lds int }

// registerFileOf is LLVM's table (AMDGPUBaseInfo: getVGPRAllocGranule,
// getTotalNumVGPRs, getMaxWavesPerEU). It is zero for unknown archs.
func registerFileOf(arch string, wave int) registerFile {
	scale := 1
	if wave == 64 {
		scale = 2 // a SIMD32 keeps half as many registers of twice the width
	}
	switch arch {
	case "gfx90a", "gfx942", "gfx950":
		return registerFile{512, 8, 8}
	case "gfx900", "gfx906", "gfx908":
		return registerFile{256, 4, 10}
	case "gfx1100", "gfx1101", "gfx1151", "gfx1200", "gfx1201":
		return registerFile{1536 / scale, 24 / scale, 16}
	case "gfx1030", "gfx1031", "gfx1032", "gfx1034", "gfx1035", "gfx1036",
		"gfx1102", "gfx1103", "gfx1150", "gfx1152", "gfx1153":
		return registerFile{1024 / scale, 16 / scale, 16}
	case "gfx1010", "gfx1011", "gfx1012":
		return registerFile{1024 / scale, 8 / scale, 20}
	}
	return registerFile{}
}

func computeUnitOf(arch string, wgp bool) computeUnit {
	switch {
	case arch == "gfx950":
		return computeUnit{4, 160 << 10}
	case len(arch) == len("gfx90a"): // gfx9: three digits
		return computeUnit{4, 64 << 10}
	case wgp:
		return computeUnit{4, 128 << 10}
	}
	return computeUnit{2, 64 << 10}
}

// occupancy is how many waves of a kernel a SIMD can keep at once: registers
// and the LDS of full blocks limit it. It is 0 for unknown archs.
func occupancy(arch string, k Kernel) int {
	file := registerFileOf(arch, k.Wave)
	if file.waves == 0 || k.Wave <= 0 {
		return 0
	}
	registers := k.VGPR
	if arch == "gfx908" { // its AGPRs are a file of their own, of the same size
		registers = max(k.VGPR, k.AGPR)
	}
	pieces := (max(registers, 1) + file.granule - 1) / file.granule
	waves := min(file.waves, file.registers/(pieces*file.granule))
	if k.LDS > 0 {
		unit := computeUnitOf(arch, k.WGPMode)
		perBlock := (max(k.MaxBlock, 1) + k.Wave - 1) / k.Wave
		waves = min(waves, max(1, unit.lds/k.LDS*perBlock/unit.simds))
	}
	return waves
}
