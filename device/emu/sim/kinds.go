package sim

import (
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A Kind is what an instruction keeps busy.
type Kind uint8

// The kinds of instructions.
const (
	VALU           Kind = iota // vector arithmetic; a pair that is issued together counts once
	Transcendental             // exp, log, sine, reciprocals and roots
	Dot                        // dot products of small numbers
	Matrix                     // WMMA and MFMA
	SALU
	SMEM // scalar loads
	GlobalLoad
	GlobalStore // and atomics
	LDS         // and permutations, which go through it
	CrossLane   // between lanes of vector registers: DPP, permlane, readlane
	Branch
	Wait // s_waitcnt
	Barrier
	Other // hints, no-operations, the end
	Kinds
)

var kindNames = [Kinds]string{
	"valu", "transcendental", "dot", "matrix", "salu", "smem", "global_load", "global_store", "lds", "cross_lane", "branch", "wait", "barrier", "other",
}

func (k Kind) String() string { return kindNames[k] }

// kindPrefixes are looked through in order; the first that fits counts.
var kindPrefixes = []struct {
	kind  Kind
	names []string
}{
	{Matrix, []string{"v_wmma_", "v_mfma_", "v_smfmac_", "v_swmmac_"}},
	{Dot, []string{"v_dot"}},
	{Transcendental, []string{"v_exp_", "v_log_", "v_rcp_", "v_rsq_", "v_sqrt_", "v_sin_", "v_cos_"}},
	{CrossLane, []string{"v_readlane", "v_readfirstlane", "v_writelane", "v_permlane"}},
	{VALU, []string{"v_"}},
	{LDS, []string{"ds_"}},
	{GlobalStore, []string{"global_store", "flat_store", "scratch_store", "global_atomic", "flat_atomic"}},
	{GlobalLoad, []string{"global_load", "flat_load", "scratch_load"}},
	{SMEM, []string{"s_load_", "s_buffer_load"}},
	{Wait, []string{"s_wait"}},
	{Barrier, []string{"s_barrier"}},
	{Branch, []string{"s_branch", "s_cbranch", "s_setpc", "s_swappc"}},
	{Other, []string{"s_nop", "s_delay_alu", "s_clause", "s_sleep", "s_set", "s_endpgm", "s_sendmsg", "s_code_end", "s_icache", "s_dcache", "s_trap", "s_wakeup", "buffer_"}},
	{SALU, []string{"s_"}},
}

func kindOf(in *asm.Inst) Kind {
	if in.Encoding == asm.DPP {
		return CrossLane
	}
	for _, p := range kindPrefixes {
		for _, name := range p.names {
			if strings.HasPrefix(in.Name, name) {
				return p.kind
			}
		}
	}
	return Other
}
