package sim

import (
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A Card is a model of a GPU, simple enough to be told in a table: what the
// profile takes instructions and memory to cost. Cycles are of the shader
// clock, for one wave.
type Card struct {
	Name      string  `json:"name"`
	Arch      string  `json:"arch"`
	Units     int     `json:"units"` // what a group runs on, and HIP counts: work-group processors of gfx11, compute units of gfx950
	SIMDs     int     `json:"simds"` // of a unit
	Clock     float64 `json:"clock"` // Hz
	Bandwidth float64 `json:"bandwidth"`

	L2        int `json:"l2"`   // bytes of a second-level cache; a larger buffer is taken to come from memory
	Line      int `json:"line"` // bytes of a cache line
	CacheRate int `json:"cache_rate"`
	LDSRate   int `json:"lds_rate"` // bytes per cycle that a unit's first-level caches and its LDS give

	VALU          int  `json:"valu"` // cycles of a vector instruction
	Quarter       int  `json:"quarter"`
	CacheLatency  int  `json:"cache_latency"`
	L2Latency     int  `json:"l2_latency"`
	MemoryLatency int  `json:"memory_latency"`
	ScalarLatency int  `json:"scalar_latency"`
	LDSLatency    int  `json:"lds_latency"`
	MatrixApart   bool `json:"matrix_apart"` // matrix instructions have a unit of their own beside the vector unit

	Sources string `json:"sources"`
}

// cards are the GPUs that figures are for. Units, clocks, rates and matrix
// cycles are as AMD publishes them; latencies are assumed, since nobody
// publishes them under load: half a microsecond of memory, and more where it
// lies behind another die.
var cards = map[string]*Card{
	"gfx1100": {
		Name: "Radeon RX 7900 XTX", Arch: "gfx1100", Units: 48, SIMDs: 4, Clock: 2.5e9, Bandwidth: 960e9,
		L2: 6 << 20, Line: 128, CacheRate: 256, LDSRate: 256,
		VALU: 1, Quarter: 4, CacheLatency: 80, L2Latency: 250, MemoryLatency: 1250, ScalarLatency: 50, LDSLatency: 64,
		Sources: "units, clock, bandwidth, L2: AMD; latencies: assumed",
	},
	"gfx950": {
		Name: "Instinct MI355X", Arch: "gfx950", Units: 256, SIMDs: 4, Clock: 2.4e9, Bandwidth: 8e12,
		L2: 4 << 20, Line: 128, CacheRate: 64, LDSRate: 128,
		VALU: 4, Quarter: 16, CacheLatency: 120, L2Latency: 300, MemoryLatency: 1900, ScalarLatency: 50, LDSLatency: 64, MatrixApart: true,
		Sources: "units, clock, bandwidth, L2, matrix cycles: AMD; latencies: assumed",
	},
}

// CardOf is the card that an arch is profiled for, or nil.
func CardOf(arch string) *Card { return cards[arch] }

// issue is how long a wave is at an instruction before it can go on, and how
// long it keeps the matrix unit.
func (c *Card) issue(k Kind, in *asm.Inst) (cycles, matrix int) {
	switch {
	case k == Matrix && c.MatrixApart:
		return c.VALU, mfmaCycles(in)
	case k == Matrix:
		m := wmmaCycles(in)
		return m, m
	case in.Name == "s_nop" && len(in.Args) == 1:
		return c.VALU * (1 + int(in.Args[0].Int&15)), 0
	case k == Transcendental || k == VALU && quarterRate(in.Name):
		return c.Quarter, 0
	}
	return c.VALU, 0 // of gfx9, whose SIMDs take turns, any instruction takes that long
}

// quarterRate are the products of 32-bit integers.
func quarterRate(name string) bool {
	for _, p := range []string{"v_mul_lo_u32", "v_mul_hi_", "v_mad_u64_u32", "v_mad_i64_i32"} {
		if strings.HasPrefix(name, p) && !strings.HasSuffix(name, "24") {
			return true
		}
	}
	return false
}

// wmmaCycles: 8192 operations of F16 at 256 per cycle; codes of 4 bits in half
// the time.
func wmmaCycles(in *asm.Inst) int {
	if strings.HasSuffix(in.Name, "iu4") {
		return 16
	}
	return 32
}

// mfmaCycles is 16 for tiles of 16 x 16 and 32 for those of 32 x 32; twice that
// where the products of 8 and fewer bits have an operand of 8 (AMD, "Matrix
// Core Programming on AMD CDNA3 and CDNA4").
func mfmaCycles(in *asm.Inst) int {
	cycles := 16
	switch {
	case strings.Contains(in.Name, "32x32x"):
		cycles = 32
	case strings.Contains(in.Name, "4x4x"):
		cycles = 8
	}
	if strings.HasSuffix(in.Name, "f8f6f4") && (in.Mods.Number("cbsz", 0) < 2 || in.Mods.Number("blgp", 0) < 2) {
		cycles *= 2
	}
	return cycles
}
