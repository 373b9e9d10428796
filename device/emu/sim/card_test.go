package sim

import (
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

func parsed(t *testing.T, text string) *asm.Inst {
	t.Helper()
	in, err := asm.Parse(0, text)
	if err != nil {
		t.Fatal(err)
	}
	return &in
}

// TestKinds has one instruction of each kind and more, with what a card takes
// for it.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		arch, text     string
		kind           Kind
		cycles, matrix int
	}{
		{"gfx1100", "v_fma_f32 v0, v1, v2, v3", VALU, 1, 0},
		{"gfx1100", "v_dual_mul_f32 v0, v1, v2 :: v_dual_add_f32 v3, v4, v5", VALU, 1, 0},
		{"gfx1100", "v_mul_lo_u32 v0, v1, v2", VALU, 4, 0},
		{"gfx1100", "v_mul_hi_u32_u24_e32 v0, v1, v2", VALU, 1, 0},
		{"gfx1100", "v_exp_f32_e32 v0, v1", Transcendental, 4, 0},
		{"gfx1100", "v_dot4_i32_iu8 v0, v1, v2, v3 neg_lo:[1,1,0]", Dot, 1, 0},
		{"gfx1100", "v_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]", Matrix, 32, 32},
		{"gfx1100", "v_add_f32_dpp v0, v1, v2 row_ror:8 row_mask:0xf bank_mask:0xf", CrossLane, 1, 0},
		{"gfx1100", "v_perm_b32 v0, v1, v2, v3", VALU, 1, 0},
		{"gfx1100", "v_permlanex16_b32 v0, v1, s2, s3", CrossLane, 1, 0},
		{"gfx1100", "ds_bpermute_b32 v0, v1, v2", LDS, 1, 0},
		{"gfx1100", "s_add_u32 s0, s1, s2", SALU, 1, 0},
		{"gfx1100", "s_load_b64 s[0:1], s[2:3], 0x10", SMEM, 1, 0},
		{"gfx1100", "s_waitcnt lgkmcnt(0)", Wait, 1, 0},
		{"gfx1100", "s_cbranch_scc1 3", Branch, 1, 0},
		{"gfx1100", "s_barrier", Barrier, 1, 0},
		{"gfx1100", "s_delay_alu instid0(VALU_DEP_1)", Other, 1, 0},
		{"gfx1100", "global_load_b128 v[0:3], v4, s[0:1]", GlobalLoad, 1, 0},
		{"gfx1100", "global_store_b32 v[0:1], v2, off", GlobalStore, 1, 0},
		{"gfx1100", "s_nop 0", Other, 1, 0},
		{"gfx950", "s_nop 1", Other, 8, 0},
		{"gfx950", "global_atomic_add_f32 v[0:1], v2, off", GlobalStore, 4, 0},
		{"gfx950", "ds_read_b128 v[0:3], v4", LDS, 4, 0},
		{"gfx950", "v_pk_fma_f32 v[0:1], v[2:3], v[4:5], v[6:7]", VALU, 4, 0},
		{"gfx950", "v_rcp_f32_e32 v0, v1", Transcendental, 16, 0},
		{"gfx950", "v_mfma_f32_16x16x32_f16 v[0:3], v[4:7], v[8:11], v[0:3]", Matrix, 4, 16},
		{"gfx950", "v_mfma_f32_32x32x16_f16 v[0:15], v[16:19], v[20:23], v[0:15]", Matrix, 4, 32},
		{"gfx950", "v_mfma_scale_f32_16x16x128_f8f6f4 v[0:3], v[4:7], v[8:11], v[0:3], v12, v13 cbsz:4 blgp:4", Matrix, 4, 16},
		{"gfx950", "v_mfma_scale_f32_16x16x128_f8f6f4 v[0:3], v[4:11], v[12:15], v[0:3], v20, v21 blgp:4", Matrix, 4, 32},
	} {
		in, card := parsed(t, c.text), CardOf(c.arch)
		kind := kindOf(in)
		cycles, matrix := card.issue(kind, in)
		if kind != c.kind || cycles != c.cycles || matrix != c.matrix {
			t.Errorf("%s on %s: %v, %d cycles, %d of the matrix unit; want %v, %d, %d", c.text, c.arch, kind, cycles, matrix, c.kind, c.cycles, c.matrix)
		}
	}
}

// ofNoKind are instructions that keep nothing busy.
var ofNoKind = []string{
	"buffer_gl0_inv", "buffer_gl1_inv", "buffer_inv", "buffer_wbl2", "s_clause", "s_code_end", "s_dcache_inv", "s_delay_alu", "s_endpgm",
	"s_icache_inv", "s_nop", "s_sendmsg", "s_set_inst_prefetch_distance", "s_setprio", "s_sleep", "s_trap", "s_wakeup",
}

// TestKnownKinds wants a kind for every instruction that is implemented.
func TestKnownKinds(t *testing.T) {
	others := map[Kind]int{}
	for _, name := range Implemented() {
		k := kindOf(&asm.Inst{Name: name})
		others[k]++
		if k == Other && !slices.Contains(ofNoKind, name) {
			t.Errorf("%s has no kind", name)
		}
	}
	for k := range Kinds {
		if others[k] == 0 {
			t.Errorf("no instruction is %v", k)
		}
	}
}

// TestCards wants as many units as HIP says that the GPUs have.
func TestCards(t *testing.T) {
	for arch, units := range map[string]int{"gfx1100": 48, "gfx950": 256} {
		if c := CardOf(arch); c == nil || c.Arch != arch || c.Units != units {
			t.Errorf("%s: %+v", arch, c)
		}
	}
	if CardOf("gfx90a") != nil {
		t.Error("a card of an arch that is not emulated")
	}
}

// TestPeak compares matrix cycles with the rates that AMD publishes.
func TestPeak(t *testing.T) {
	for _, c := range []struct {
		arch, text string
		ops        float64 // of one instruction
		peak       float64
	}{
		{"gfx1100", "v_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]", 2 * 16 * 16 * 16, 122.9e12},
		{"gfx950", "v_mfma_f32_16x16x32_f16 v[0:3], v[4:7], v[8:11], v[0:3]", 2 * 16 * 16 * 32, 2.5e15},
		{"gfx950", "v_mfma_scale_f32_16x16x128_f8f6f4 v[0:3], v[4:11], v[12:19], v[0:3], v20, v21", 2 * 16 * 16 * 128, 5e15},
		{"gfx950", "v_mfma_scale_f32_32x32x64_f8f6f4 v[0:15], v[16:19], v[20:23], v[0:15], v24, v25 cbsz:4 blgp:4", 2 * 32 * 32 * 64, 10e15},
	} {
		card := CardOf(c.arch)
		_, cycles := card.issue(Matrix, parsed(t, c.text))
		got := c.ops / float64(cycles) * card.Clock * float64(card.Units*card.SIMDs)
		if got < 0.97*c.peak || got > 1.03*c.peak {
			t.Errorf("%s: %.4g operations per second, want %.4g", c.text, got, c.peak)
		}
	}
}
