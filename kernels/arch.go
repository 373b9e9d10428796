package kernels

import (
	"strings"
)

// An Arch is a GPU to compile for.
type Arch struct {
	Name   string // what hiprtc gets: "gfx1100", "sm_90"
	Family string // the header in src/arch that serves it: "gfx11", "gfx950", "portable", "cuda"
	Wave   int    // lanes of a wave
	Matrix bool   // has matrix tiles
	MX     bool   // whose matrix tiles take MX formats with their scales
}

// gfx11 has the GPUs that the header of RDNA 3 serves.
var gfx11 = map[string]bool{
	"gfx1100": true, "gfx1101": true, "gfx1102": true, "gfx1103": true,
	"gfx1150": true, "gfx1151": true, "gfx1152": true,
}

// ArchOf is the arch of a device that calls itself name, such as "gfx950" or
// "gfx90a:sramecc+:xnack-", and has waves of so many lanes (0: as the family
// has). known is false where only the portable header will do.
func ArchOf(name string, wave int) (a Arch, known bool) {
	name, _, _ = strings.Cut(name, ":") // compilers refuse some features, and code without runs everywhere
	a = Arch{Name: name, Family: "portable", Wave: wave}
	switch {
	case gfx11[name]:
		a.Family, a.Matrix = "gfx11", true
		a.Wave = 32
	case name == "gfx950":
		a.Family, a.Matrix, a.MX = "gfx950", true, true
		a.Wave = 64
	case strings.HasPrefix(name, "sm_"):
		a.Family, a.Matrix = "cuda", true
		a.Wave = 32
	default:
		if a.Wave == 0 {
			a.Wave = defaultWave(name)
		}
		return a, false
	}
	return a, true
}

// defaultWave is what compilers take: 64 lanes for GCN and CDNA, else 32.
func defaultWave(name string) int {
	if strings.HasPrefix(name, "gfx9") {
		return 64
	}
	return 32
}
