package sim

import (
	"strings"
	"testing"
)

// checks are programs and what the checker says of them; "" where they are
// right. v8 and s8 hold undefined bits at the beginning, v[0:1] and s[2:3] an
// address, v2 a place in LDS.
var checks = []struct {
	name, kind, text string
}{
	{"load and wait", "", "global_load_b32 v4, v[0:1], off\ns_waitcnt vmcnt(0)\nv_mov_b32 v5, v4"},
	{"load and no wait", "missing wait", "global_load_b32 v4, v[0:1], off\nv_mov_b32 v5, v4"},
	{"wrong counter", "missing wait", "global_load_b32 v4, v[0:1], off\ns_waitcnt lgkmcnt(0)\nv_mov_b32 v5, v4"},
	{"the older of two", "", "global_load_b32 v4, v[0:1], off\nglobal_load_b32 v5, v[0:1], off\ns_waitcnt vmcnt(1)\nv_mov_b32 v6, v4"},
	{"the younger of two", "missing wait", "global_load_b32 v4, v[0:1], off\nglobal_load_b32 v5, v[0:1], off\ns_waitcnt vmcnt(1)\nv_mov_b32 v6, v5"},
	{"overwritten too soon", "missing wait", "global_load_b32 v4, v[0:1], off\nv_mov_b32 v4, 0"},
	{"loaded again", "", "global_load_b32 v4, v[0:1], off\nglobal_load_b32 v4, v[0:1], off\ns_waitcnt vmcnt(0)\nv_mov_b32 v5, v4"},
	{"other half", "", "global_load_d16_b16 v4, v[0:1], off\nglobal_load_d16_hi_b16 v4, v[0:1], off\ns_waitcnt vmcnt(1)\nv_mov_b16 v5.l, v4.l"},
	{"this half", "missing wait", "global_load_d16_b16 v4, v[0:1], off\nglobal_load_d16_hi_b16 v4, v[0:1], off\ns_waitcnt vmcnt(1)\nv_mov_b16 v5.l, v4.h"},
	{"scalar loads end in any order", "missing wait", "s_load_b32 s4, s[2:3], 0x0\ns_load_b32 s5, s[2:3], 0x4\ns_waitcnt lgkmcnt(1)\ns_mov_b32 s6, s4"},
	{"scalar loads", "", "s_load_b32 s4, s[2:3], 0x0\ns_load_b32 s5, s[2:3], 0x4\ns_waitcnt lgkmcnt(0)\ns_mov_b32 s6, s4"},
	{"LDS", "missing wait", "ds_store_b32 v2, v3\nds_load_b32 v4, v2\nv_mov_b32 v5, v4"},
	{"LDS in order", "", "ds_store_b32 v2, v3\nds_load_b32 v4, v2\nds_load_b32 v5, v2\ns_waitcnt lgkmcnt(1)\nv_mov_b32 v6, v4"},
	{"store and barrier", "missing wait", "ds_store_b32 v2, v3\ns_barrier"},
	{"address under way", "missing wait", "global_load_b32 v0, v[0:1], off\nglobal_load_b32 v4, v[0:1], off"},

	{"undefined is copied", "", "v_mov_b32 v4, v8\nv_add_f32 v5, v4, v4"},
	{"undefined is stored", "uninitialised", "v_add_f32 v5, v8, v8\nglobal_store_b32 v[0:1], v5, off"},
	{"masked bits", "", "v_and_b32 v5, 0xff, v8\nv_and_b32 v5, 0xff00, v5\nglobal_store_b32 v[0:1], v5, off"},
	{"shifted out", "", "v_lshrrev_b64 v[4:5], 32, v[8:9]\nglobal_store_b32 v[0:1], v4, off"},
	{"shifted in", "uninitialised", "v_lshlrev_b64 v[4:5], 32, v[8:9]\nglobal_store_b32 v[0:1], v5, off"},
	{"one byte", "", "v_perm_b32 v5, v3, v8, 0x07060504\nglobal_store_b32 v[0:1], v5, off"},
	{"the other byte", "uninitialised", "v_perm_b32 v5, v3, v8, 0x07060503\nglobal_store_b32 v[0:1], v5, off"},
	{"a defined half", "", "v_mov_b16 v8.l, v3.l\nglobal_store_b16 v[0:1], v8, off"},
	{"an undefined half", "uninitialised", "v_mov_b16 v8.l, v3.l\nglobal_store_d16_hi_b16 v[0:1], v8, off"},
	{"other lanes", "uninitialised", "s_mov_b32 exec_lo, 0xffff\nv_mov_b32 v8, 0\ns_mov_b32 exec_lo, -1\nv_mov_b32_dpp v4, v8 row_ror:1 row_mask:0xf bank_mask:0xf bound_ctrl:1\nglobal_store_b32 v[0:1], v4, off"},
	{"these lanes", "", "s_mov_b32 exec_lo, 0xffff\nv_mov_b32 v8, 0\nglobal_store_b32 v[0:1], v8, off"},
	{"comparison and EXEC", "uninitialised", "v_cmp_eq_u32 vcc_lo, 77, v8\ns_and_saveexec_b32 s4, vcc_lo"},
	{"branch", "uninitialised", "s_cmp_eq_u32 s8, 77\ns_cbranch_scc1 3\ns_nop 0\ns_nop 0"},
	{"address", "uninitialised", "global_load_b32 v4, v[8:9], off"},
	{"LDS address", "uninitialised", "ds_load_b32 v4, v8"},
	{"LDS that nobody wrote", "uninitialised", "ds_load_b32 v4, v2\ns_waitcnt lgkmcnt(0)\nglobal_store_b32 v[0:1], v4, off"},
	{"through LDS", "uninitialised", "ds_store_b32 v2, v8\nds_load_b32 v4, v2\ns_waitcnt lgkmcnt(0)\nglobal_store_b32 v[0:1], v4, off"},
	{"through LDS, defined", "", "ds_store_b32 v2, v3\nds_load_b32 v4, v2\ns_waitcnt lgkmcnt(0)\nglobal_store_b32 v[0:1], v4, off"},
	{"LDS operation", "uninitialised", "ds_add_u32 v2, v3"},
	{"swapped into LDS", "", "ds_storexchg_rtn_b32 v4, v2, v3\nds_add_u32 v2, v3\nds_load_b32 v4, v2\ns_waitcnt lgkmcnt(0)\nglobal_store_b32 v[0:1], v4, off"},
	{"swapped out of LDS", "uninitialised", "ds_storexchg_rtn_b32 v4, v2, v3\ns_waitcnt lgkmcnt(0)\nglobal_store_b32 v[0:1], v4, off"},

	{"beyond LDS", "out of bounds", "ds_load_b32 v4, v2 offset:1000"},
	{"beyond the buffer", "out of bounds", "global_load_b32 v4, v[0:1], off offset:1024"},
	{"misaligned LDS", "misaligned", "ds_load_b64 v[4:5], v2 offset:2"},
	{"not there", "not implemented", "v_no_such_thing v4, v5"},
	{"jumped over", "", "s_branch 3\nv_no_such_thing v4, v5\ns_nop 0"},
}

func TestChecks(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, gfx1100, c.text)
			m := b.buffer(make([]byte, 1024))
			b.s[2], b.s[3] = uint32(m.Base), uint32(m.Base>>32)
			for l := range 32 {
				b.set(0, l, uint32(m.Base)+uint32(8*l))
				b.set(1, l, uint32(m.Base>>32))
				b.set(2, l, uint32(8*l))
				b.check.v[0][8][l] = 0xffffffff
			}
			b.check.bad[0][8] = all
			b.check.s[8] = 0xffffffff
			f := b.run()
			switch {
			case f == nil && c.kind != "":
				t.Errorf("nothing was said, want %s", c.kind)
			case f != nil && f.Kind != c.kind:
				t.Errorf("want %q: %v", c.kind, f)
			case f != nil && (f.Text == "" || !strings.Contains(c.text, f.Text)):
				t.Errorf("the message does not name the instruction: %v", f)
			}
		})
	}
}
