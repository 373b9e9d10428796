package sim

import (
	"math/bits"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

// What gfx9 calls differently, and what only it has.

func init() {
	const cdna = "CDNA3 ISA 12: as the instruction that RDNA3 calls "
	for _, n := range [][2]string{
		{"s_load_dword", "s_load_b32"}, {"s_load_dwordx2", "s_load_b64"}, {"s_load_dwordx4", "s_load_b128"},
		{"s_load_dwordx8", "s_load_b256"}, {"s_load_dwordx16", "s_load_b512"},
		{"s_andn2_b32", "s_and_not1_b32"}, {"s_andn2_b64", "s_and_not1_b64"},
		{"s_orn2_b32", "s_or_not1_b32"}, {"s_orn2_b64", "s_or_not1_b64"},
		{"s_andn2_saveexec_b64", "s_and_not1_saveexec_b64"}, {"s_orn2_saveexec_b64", "s_or_not1_saveexec_b64"},
		{"s_andn1_saveexec_b64", "s_and_not0_saveexec_b64"}, {"s_andn2_wrexec_b64", "s_and_not1_wrexec_b64"},
		{"s_ff1_i32_b32", "s_ctz_i32_b32"}, {"s_ff1_i32_b64", "s_ctz_i32_b64"},
		{"s_flbit_i32_b32", "s_clz_i32_u32"}, {"s_flbit_i32_b64", "s_clz_i32_u64"}, {"s_flbit_i32", "s_cls_i32"},
		{"v_add_u32", "v_add_nc_u32"}, {"v_sub_u32", "v_sub_nc_u32"}, {"v_subrev_u32", "v_subrev_nc_u32"},
		{"v_add_i32", "v_add_nc_i32"}, {"v_sub_i32", "v_sub_nc_i32"},
		{"v_add_u16", "v_add_nc_u16"}, {"v_sub_u16", "v_sub_nc_u16"}, {"v_add_i16", "v_add_nc_i16"}, {"v_sub_i16", "v_sub_nc_i16"},
		{"v_addc_co_u32", "v_add_co_ci_u32"}, {"v_subb_co_u32", "v_sub_co_ci_u32"}, {"v_subbrev_co_u32", "v_subrev_co_ci_u32"},
		{"v_ffbh_u32", "v_clz_i32_u32"}, {"v_ffbl_b32", "v_ctz_i32_b32"}, {"v_ffbh_i32", "v_cls_i32"},
		{"v_cvt_pkrtz_f16_f32", "v_cvt_pk_rtz_f16_f32"}, {"v_cvt_rpi_i32_f32", "v_cvt_nearest_i32_f32"},
		{"v_cvt_flr_i32_f32", "v_cvt_floor_i32_f32"},
		{"global_load_ubyte", "global_load_u8"}, {"global_load_sbyte", "global_load_i8"},
		{"global_load_ushort", "global_load_u16"}, {"global_load_sshort", "global_load_i16"},
		{"global_load_dword", "global_load_b32"}, {"global_load_dwordx2", "global_load_b64"},
		{"global_load_dwordx3", "global_load_b96"}, {"global_load_dwordx4", "global_load_b128"},
		{"global_load_ubyte_d16", "global_load_d16_u8"}, {"global_load_ubyte_d16_hi", "global_load_d16_hi_u8"},
		{"global_load_sbyte_d16", "global_load_d16_i8"}, {"global_load_sbyte_d16_hi", "global_load_d16_hi_i8"},
		{"global_load_short_d16", "global_load_d16_b16"}, {"global_load_short_d16_hi", "global_load_d16_hi_b16"},
		{"global_store_byte", "global_store_b8"}, {"global_store_short", "global_store_b16"},
		{"global_store_byte_d16_hi", "global_store_d16_hi_b8"}, {"global_store_short_d16_hi", "global_store_d16_hi_b16"},
		{"global_store_dword", "global_store_b32"}, {"global_store_dwordx2", "global_store_b64"},
		{"global_store_dwordx3", "global_store_b96"}, {"global_store_dwordx4", "global_store_b128"},
		{"ds_read_u8", "ds_load_u8"}, {"ds_read_i8", "ds_load_i8"}, {"ds_read_u16", "ds_load_u16"}, {"ds_read_i16", "ds_load_i16"},
		{"ds_read_u8_d16", "ds_load_u8_d16"}, {"ds_read_u8_d16_hi", "ds_load_u8_d16_hi"},
		{"ds_read_i8_d16", "ds_load_i8_d16"}, {"ds_read_i8_d16_hi", "ds_load_i8_d16_hi"},
		{"ds_read_u16_d16", "ds_load_u16_d16"}, {"ds_read_u16_d16_hi", "ds_load_u16_d16_hi"},
		{"ds_read_b32", "ds_load_b32"}, {"ds_read_b64", "ds_load_b64"}, {"ds_read_b96", "ds_load_b96"}, {"ds_read_b128", "ds_load_b128"},
		{"ds_read2_b32", "ds_load_2addr_b32"}, {"ds_read2_b64", "ds_load_2addr_b64"},
		{"ds_read2st64_b32", "ds_load_2addr_stride64_b32"}, {"ds_read2st64_b64", "ds_load_2addr_stride64_b64"},
		{"ds_write_b8", "ds_store_b8"}, {"ds_write_b16", "ds_store_b16"}, {"ds_write_b8_d16_hi", "ds_store_b8_d16_hi"},
		{"ds_write_b16_d16_hi", "ds_store_b16_d16_hi"}, {"ds_write_b32", "ds_store_b32"}, {"ds_write_b64", "ds_store_b64"},
		{"ds_write_b96", "ds_store_b96"}, {"ds_write_b128", "ds_store_b128"},
		{"ds_write2_b32", "ds_store_2addr_b32"}, {"ds_write2_b64", "ds_store_2addr_b64"},
		{"ds_write2st64_b32", "ds_store_2addr_stride64_b32"}, {"ds_write2st64_b64", "ds_store_2addr_stride64_b64"},
	} {
		same(cdna+n[1], n)
		for _, kind := range []string{"flat_", "scratch_"} {
			if strings.HasPrefix(n[0], "global_") {
				other := [2]string{strings.Replace(n[0], "global_", kind, 1), strings.Replace(n[1], "global_", kind, 1)}
				same(cdna+other[1], other)
			}
		}
	}
}

var _ = table("CDNA3 ISA 12.7 \"VOP1\", 12.8 \"VOP2\", 12.9 \"VOP3\"",
	op1("v_accvgpr_read_b32", func(d, a *row) { *d = *a }),
	op1("v_accvgpr_write_b32", func(d, a *row) { *d = *a }),
	op1("v_accvgpr_mov_b32", func(d, a *row) { *d = *a }),
	op2("v_subrev_u16", each2(func(a, b uint32) uint32 { return b - a })),
	op3s("v_lshl_add_u64", "u64=u64 u32 u64", func(d, a, b, c *row) {
		for i := range lanes {
			pair(d).put(i, pair(a).get(i)<<(b[i]&63)+pair(c).get(i))
		}
	}),
	vop("v_dot4c_i32_i8", "b32+=b32 b32", 0, dot4Signed),
	vop("v_dot2c_f32_f16", "b32+=b32 b32", 0, each3(dot2)),
	vop("v_dot2c_f32_bf16", "b32+=b32 b32", 0, each3(dot2b)),
	vop("v_dot8c_i32_i4", "b32+=b32 b32", 0, each3(func(a, b, c uint32) uint32 { return dotInt(a, b, c, 4, true, true) })),
	op2s("v_cvt_pk_f16_f32", "b32=f32 f32", each2(func(a, b uint32) uint32 {
		return uint32(num.Narrow(f32(a))) | uint32(num.Narrow(f32(b)))<<16
	})),
	op2s("v_cvt_pk_bf16_f32", "b32=f32 f32", each2(func(a, b uint32) uint32 {
		return uint32(num.NarrowB(f32(a))) | uint32(num.NarrowB(f32(b)))<<16
	})),
	op3("v_minimum3_f32", each3(func(a, b, c uint32) uint32 { return minimum(minimum(a, b), c) })),
	op3("v_maximum3_f32", each3(func(a, b, c uint32) uint32 { return maximum(maximum(a, b), c) })),
	bitop3("v_bitop3_b32"), bitop3("v_bitop3_b16"),
	pairwise("v_pk_fma_f32", 3, fmaF32),
	pairwise("v_pk_mul_f32", 2, func(d, a, b, _ *row) { mulF32(d, a, b) }),
	pairwise("v_pk_add_f32", 2, func(d, a, b, _ *row) { addF32(d, a, b) }),
	rule{name: "v_pk_mov_b32", dsts: 1, build: buildPkMov},
)

// minimum and maximum give a NaN if there is one (IEEE 754-2019).
func minimum(a, b uint32) uint32 {
	switch {
	case isNaN(a):
		return a | quiet
	case isNaN(b):
		return b | quiet
	}
	return minF32(a, b)
}

func maximum(a, b uint32) uint32 {
	switch {
	case isNaN(a):
		return a | quiet
	case isNaN(b):
		return b | quiet
	}
	return maxF32(a, b)
}

// bitop3 is any function of three bits, given as a table of eight.
func bitop3(name string) rule {
	s := sig(uniform(name, 3))
	return rule{name: name, source: "CDNA4 ISA, \"V_BITOP3_B32\"", dsts: 1, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		truths := uint8(in.Mods.Number("bitop3", 0))
		v, err := d.vector(in, in.Args, s, each3(func(a, b, c uint32) uint32 { return lookup3(a, b, c, truths) }))
		if err != nil {
			return nil, err
		}
		return v.run, nil
	}}
}

// lookup3 picks for each bit the one of the table whose number the bits of a,
// b and c spell.
func lookup3(a, b, c uint32, truths uint8) (out uint32) {
	for t := truths; t != 0; t &= t - 1 {
		n := bits.TrailingZeros8(t)
		out |= pick(a, n>>2) & pick(b, n>>1) & pick(c, n)
	}
	return out
}

// pick is x where bit 0 of n is set, else its complement.
func pick(x uint32, n int) uint32 {
	if n&1 != 0 {
		return x
	}
	return ^x
}

// pairwise computes two float32 of each lane. op_sel says for each operand of
// the lower result which register of the pair it takes, op_sel_hi of the upper.
func pairwise(name string, operands int, do laneOp) rule {
	types := sig("b64=" + "b64 b64 b64"[:4*operands-1])
	return rule{name: name, source: "CDNA3 ISA 12.10 \"VOP3P\"", dsts: 1, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		v, err := d.vector(&asm.Inst{Text: in.Text}, in.Args, types, nil)
		if err != nil {
			return nil, err
		}
		for i := range operands {
			v.src[i].rechange(pairSelect(&in.Mods, i))
		}
		v.do = func(d, a, b, c *row) {
			upper := func(p *row) *row {
				if p == nil {
					return nil
				}
				return at(p, 1)
			}
			var low row
			do(&low, a, b, c)
			do(at(d, 1), upper(a), upper(b), upper(c))
			*d = low
		}
		if in.Mods.Flags["clamp"] {
			return nil, errArg
		}
		return v.run, nil
	}}
}

// pairSelect picks the registers of a pair and negates them.
func pairSelect(m *asm.Mods, i int) func(d, s *row) {
	low, high := int(truth(m.Bit("op_sel", i, 0))), int(truth(m.Bit("op_sel_hi", i, 1)))
	flip := [2]uint32{truth(m.Bit("neg_lo", i, 0)) << 31, truth(m.Bit("neg_hi", i, 0)) << 31}
	if low == 0 && high == 1 && flip == [2]uint32{} {
		return nil
	}
	return func(d, s *row) {
		x, y := *at(s, low), *at(s, high)
		for i := range x {
			d[i] = x[i] ^ flip[0]
			at(d, 1)[i] = y[i] ^ flip[1]
		}
	}
}

// buildPkMov takes one register of each pair, as op_sel says.
func buildPkMov(d *decoder, in *asm.Inst) (func(w *wave), error) {
	v, err := d.vector(&asm.Inst{Text: in.Text}, in.Args, sig("b64=b64 b64"), nil)
	if err != nil {
		return nil, err
	}
	x, y := int(truth(in.Mods.Bit("op_sel", 0, 0))), int(truth(in.Mods.Bit("op_sel", 1, 0)))
	v.do = func(d, a, b, _ *row) {
		low := *at(a, x)
		*at(d, 1) = *at(b, y)
		*d = low
	}
	return v.run, nil
}
