package asm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	v := func(r, n int) Arg { return Arg{Kind: VGPR, Reg: r, N: n} }
	s := func(r, n int) Arg { return Arg{Kind: SGPR, Reg: r, N: n} }
	for _, want := range []Inst{
		{Text: "s_endpgm", Name: "s_endpgm"},
		{Text: "s_waitcnt vmcnt(0) lgkmcnt(3)", Name: "s_waitcnt", Args: []Arg{{Kind: Text, Name: "vmcnt(0) lgkmcnt(3)"}}},
		{Text: "s_cbranch_execz 65526", Name: "s_cbranch_execz", Args: []Arg{{Kind: Int, Int: 65526}}},
		{Text: "v_add_f32_e32 v1, 0.5, v2", Name: "v_add_f32", Encoding: E32, Args: []Arg{v(1, 1), {Kind: Float, Float: 0.5}, v(2, 1)}},
		{Text: "v_fma_f32 v1, -v2, |s3|, -|v4| clamp mul:2", Name: "v_fma_f32", Args: []Arg{v(1, 1),
			{Kind: VGPR, Reg: 2, N: 1, Neg: true}, {Kind: SGPR, Reg: 3, N: 1, Abs: true}, {Kind: VGPR, Reg: 4, N: 1, Neg: true, Abs: true}},
			Mods: Mods{Flags: map[string]bool{"clamp": true}, Numbers: map[string]int{"mul": 2}}},
		{Text: "v_and_b16 v0.h, 0xf8, v3.l op_sel:[0,0,1]", Name: "v_and_b16", Args: []Arg{
			{Kind: VGPR, N: 1, Half: High}, {Kind: Int, Int: 0xf8}, {Kind: VGPR, Reg: 3, N: 1, Half: Low}},
			Mods: Mods{Lists: map[string][]int{"op_sel": {0, 0, 1}}}},
		{Text: "global_load_b128 v[2:5], v0, s[2:3] offset:-16 glc", Name: "global_load_b128", Args: []Arg{v(2, 4), v(0, 1), s(2, 2)},
			Mods: Mods{Flags: map[string]bool{"glc": true}, Numbers: map[string]int{"offset": -16}}},
		{Text: "v_add_f32_dpp v1, v1, v1 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1", Name: "v_add_f32", Encoding: DPP,
			Args: []Arg{v(1, 1), v(1, 1), v(1, 1)}, Mods: Mods{Lists: map[string][]int{"quad_perm": {1, 0, 3, 2}},
				Numbers: map[string]int{"row_mask": 15, "bank_mask": 15, "bound_ctrl": 1}}},
		{Text: "v_or_b32_sdwa v1, v2, sext(v3) dst_sel:BYTE_1", Name: "v_or_b32", Encoding: SDWA,
			Args: []Arg{v(1, 1), v(2, 1), {Kind: VGPR, Reg: 3, N: 1, Sext: true}}, Mods: Mods{Words: map[string]string{"dst_sel": "BYTE_1"}}},
		{Text: "buffer_gl0_inv", Name: "buffer_gl0_inv"},
		{Text: "s_getreg_b32 s1, hwreg(HW_REG_MODE, 4, 2)", Name: "s_getreg_b32", Args: []Arg{s(1, 1), {Kind: Text, Name: "hwreg(HW_REG_MODE, 4, 2)"}}},
		{Text: "v_dual_mov_b32 v0, vcc_lo :: v_dual_mov_b32 v1, -1", Name: "v_dual_mov_b32", Args: []Arg{v(0, 1), s(VCC, 1)},
			Second: &Inst{Text: "v_dual_mov_b32 v1, -1", Name: "v_dual_mov_b32", Args: []Arg{v(1, 1), {Kind: Int, Int: -1}}}},
	} {
		got, err := Parse(0, want.Text)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", want.Text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"v_mov_b32 v256, v0", "v_mov_b32 v[3:2], v0", "s_mov_b32 s200, 0", "x y", "v_add_f32 v0, v1, v2 bogus", "v_add_f32 v0, v1, v2 op_sel:1"} {
		if in, err := Parse(0, text); err == nil {
			t.Errorf("%q became %+v", text, in)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("v_fma_f32 v1, -v2, |s3|, -|v4| clamp mul:2")
	f.Add("v_dual_mov_b32 v0, v2 :: v_dual_mov_b32 v1, -1")
	f.Fuzz(func(t *testing.T, text string) {
		in, err := Parse(0, text)
		if err != nil {
			return
		}
		for _, a := range in.Args {
			if a.Reg < 0 || a.N < 0 || a.Reg+a.N > 256 {
				t.Errorf("%q: %+v", text, a)
			}
		}
	})
}
