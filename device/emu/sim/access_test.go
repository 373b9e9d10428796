package sim

import "testing"

// TestAccess reads what memory instructions touch.
func TestAccess(t *testing.T) {
	for _, c := range []struct {
		arch  Arch
		text  string
		space space
		bytes int
		reg   int // with the address
		parts int // of LDS
	}{
		{gfx1100, "global_load_b128 v[0:3], v4, s[0:1] offset:16", globalSpace, 16, 4, 0},
		{gfx1100, "global_load_d16_hi_b16 v0, v[4:5], off", globalSpace, 2, 4, 0},
		{gfx1100, "global_store_b96 v[4:5], v[0:2], off", globalSpace, 12, 4, 0},
		{gfx1100, "flat_load_b32 v0, v[4:5]", globalSpace, 4, 4, 0},
		{gfx950, "global_load_ubyte v0, v4, s[0:1]", globalSpace, 1, 4, 0},
		{gfx950, "global_store_dwordx2 v[4:5], v[0:1], off", globalSpace, 8, 4, 0},
		{gfx950, "global_load_lds_dwordx4 v[4:5], off", globalSpace, 16, 4, 0},
		{gfx950, "global_atomic_add_f32 v[4:5], v0, off", globalSpace, 4, 4, 0},
		{gfx950, "global_atomic_add_x2 v[0:1], v[4:5], v[2:3], off sc0", globalSpace, 8, 4, 0},
		{gfx950, "scratch_load_dword v0, off, s0", privateSpace, 4, 0, 0},
		{gfx950, "s_load_dwordx8 s[0:7], s[8:9], 0x10", scalarSpace, 32, 0, 0},
		{gfx1100, "ds_load_b128 v[0:3], v4 offset:64", ldsSpace, 16, 4, 1},
		{gfx1100, "ds_store_2addr_b64 v4, v[0:1], v[2:3] offset1:1", ldsSpace, 8, 4, 2},
		{gfx950, "ds_read2st64_b32 v[0:1], v4 offset1:2", ldsSpace, 4, 4, 2},
		{gfx950, "ds_read_b64_tr_b16 v[0:1], v4", ldsSpace, 8, 4, 1},
		{gfx950, "ds_add_rtn_u32 v0, v4, v1", ldsSpace, 4, 4, 1},
		{gfx950, "ds_add_f32 v4, v1", ldsSpace, 4, 4, 1},
		{gfx950, "ds_bpermute_b32 v0, v4, v1", crossbarSpace, 4, 0, 0},
		{gfx950, "v_mov_b32_e32 v0, v1", noMemory, 4, 0, 0},
	} {
		in := parsed(t, c.text)
		a := accessOf(c.arch, kindOf(in), in)
		reg := a.lds
		if a.space == globalSpace {
			reg = a.global.v
		}
		if a.space != c.space || a.bytes != c.bytes && c.space != noMemory || reg != c.reg || len(a.parts) != c.parts {
			t.Errorf("%s: %+v", c.text, a)
		}
	}
	in := parsed(t, "ds_read2st64_b32 v[0:1], v4 offset0:1 offset1:2")
	if a := accessOf(gfx950, LDS, in); a.parts[0] != 256 || a.parts[1] != 512 {
		t.Errorf("offsets %v", a.parts)
	}
}
