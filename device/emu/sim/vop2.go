package sim

import (
	"math/bits"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

var _ = table("RDNA3 ISA 16.6 \"VOP2\"",
	op2("v_add_f32", addF32),
	op2("v_sub_f32", func(d, a, b *row) {
		z, x, y := as[float32](d), as[float32](a), as[float32](b)
		for i := range z {
			z[i] = x[i] - y[i]
		}
	}),
	op2("v_subrev_f32", func(d, a, b *row) {
		z, x, y := as[float32](d), as[float32](a), as[float32](b)
		for i := range z {
			z[i] = y[i] - x[i]
		}
	}),
	op2("v_mul_f32", mulF32),
	op2("v_mul_legacy_f32", mulZero),
	op2("v_mul_dx9_zero_f32", mulZero),
	op2("v_min_f32", each2(minF32)),
	op2("v_max_f32", func(d, a, b *row) {
		for i := range d {
			if x, y := f32(a[i]), f32(b[i]); x > y {
				d[i] = a[i]
			} else if y > x {
				d[i] = b[i]
			} else {
				d[i] = maxF32(a[i], b[i])
			}
		}
	}),
	vop("v_fmac_f32", "f32+=f32 f32", 0, fmaF32),
	vop("v_fmac_f16", "f16+=f16 f16", 0, fmaF16),
	vop("v_fmac_f64", "f64+=f64 f64", 0, fmaF64),
	op3("v_fmaak_f32", fmaF32),
	op3("v_fmamk_f32", fmaF32),
	op3("v_fmaak_f16", fmaF16),
	op3("v_fmamk_f16", fmaF16),

	op2("v_add_f16", addF32),
	op2("v_mul_f16", mulF32),
	op2("v_sub_f16", func(d, a, b *row) {
		for i := range d {
			d[i] = u32(f32(a[i]) - f32(b[i]))
		}
	}),
	op2("v_subrev_f16", func(d, a, b *row) {
		for i := range d {
			d[i] = u32(f32(b[i]) - f32(a[i]))
		}
	}),
	op2("v_min_f16", each2(minF32)),
	op2("v_max_f16", each2(maxF32)),
	op2s("v_ldexp_f16", "f16=f16 i16", each2(func(a, b uint32) uint32 { return u32(ldexp32(f32(a), int32(b))) })),
	op2s("v_cvt_pk_rtz_f16_f32", "b32=f32 f32", each2(pkRTZ)),

	op2("v_add_nc_u32", func(d, a, b *row) {
		for i := range d {
			d[i] = a[i] + b[i]
		}
	}),
	op2("v_sub_nc_u32", func(d, a, b *row) {
		for i := range d {
			d[i] = a[i] - b[i]
		}
	}),
	op2("v_subrev_nc_u32", func(d, a, b *row) {
		for i := range d {
			d[i] = b[i] - a[i]
		}
	}),
	op2("v_and_b32", func(d, a, b *row) {
		for i := range d {
			d[i] = a[i] & b[i]
		}
	}),
	op2("v_or_b32", func(d, a, b *row) {
		for i := range d {
			d[i] = a[i] | b[i]
		}
	}),
	op2("v_xor_b32", func(d, a, b *row) {
		for i := range d {
			d[i] = a[i] ^ b[i]
		}
	}),
	op2("v_xnor_b32", each2(func(a, b uint32) uint32 { return ^(a ^ b) })),
	op2s("v_lshlrev_b32", "b32=u32 b32", func(d, a, b *row) {
		for i := range d {
			d[i] = b[i] << (a[i] & 31)
		}
	}),
	op2s("v_lshrrev_b32", "b32=u32 b32", func(d, a, b *row) {
		for i := range d {
			d[i] = b[i] >> (a[i] & 31)
		}
	}),
	op2s("v_ashrrev_i32", "i32=u32 i32", func(d, a, b *row) {
		for i := range d {
			d[i] = uint32(int32(b[i]) >> (a[i] & 31))
		}
	}),
	op2("v_min_i32", each2(func(a, b uint32) uint32 { return uint32(min(int32(a), int32(b))) })),
	op2("v_max_i32", each2(func(a, b uint32) uint32 { return uint32(max(int32(a), int32(b))) })),
	op2("v_min_u32", each2(func(a, b uint32) uint32 { return min(a, b) })),
	op2("v_max_u32", each2(func(a, b uint32) uint32 { return max(a, b) })),
	op2s("v_mul_u32_u24", "u32=u32 u32", func(d, a, b *row) {
		for i := range d {
			d[i] = (a[i] & 0xffffff) * (b[i] & 0xffffff)
		}
	}),
	op2s("v_mul_i32_i24", "i32=i32 i32", each2(func(a, b uint32) uint32 { return uint32(i24(a) * i24(b)) })),
	op2s("v_mul_hi_u32_u24", "u32=u32 u32", each2(func(a, b uint32) uint32 {
		return uint32(uint64(a&0xffffff) * uint64(b&0xffffff) >> 32)
	})),
	op2s("v_mul_hi_i32_i24", "i32=i32 i32", each2(func(a, b uint32) uint32 { return uint32(int64(i24(a)) * int64(i24(b)) >> 32) })),
	vop("v_dot2acc_f32_f16", "f32+=b32 b32", 0, each3(dot2)),
)

func addF32(d, a, b *row) {
	z, x, y := as[float32](d), as[float32](a), as[float32](b)
	for i := range z {
		z[i] = x[i] + y[i]
	}
}

func mulF32(d, a, b *row) {
	z, x, y := as[float32](d), as[float32](a), as[float32](b)
	for i := range z {
		z[i] = x[i] * y[i]
	}
}

// mulZero is a product in which 0 times anything is 0.
func mulZero(d, a, b *row) {
	for i := range d {
		if a[i]&^sign == 0 || b[i]&^sign == 0 {
			d[i] = 0
		} else {
			d[i] = u32(f32(a[i]) * f32(b[i]))
		}
	}
}

func fmaF32(d, a, b, c *row) {
	z, x, y, s := as[float32](d), as[float32](a), as[float32](b), as[float32](c)
	for i := range z {
		z[i] = num.FMA32(x[i], y[i], s[i])
	}
}

// fmaF16 gives the half float's value as a float32, as all of that type are on
// their way.
func fmaF16(d, a, b, c *row) {
	for i := range d {
		d[i] = u32(num.Widen(num.FMA16(f32(a[i]), f32(b[i]), f32(c[i]))))
	}
}

func i24(x uint32) int32 { return int32(x) << 8 >> 8 }

func pkRTZ(a, b uint32) uint32 {
	return uint32(num.NarrowZero(f32(a))) | uint32(num.NarrowZero(f32(b)))<<16
}

// carryOut is an addition or subtraction of 32 bits with a carry for each lane
// in a mask: "v_add_co_u32 v1, vcc_lo, v2, v3", and with a carry to add as the
// last operand.
func carryOut(name string, do func(a, b, in uint32) (sum, out uint32)) rule {
	return rule{name: name, dsts: 2, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		return d.carry(in, do)
	}}
}

func (d *decoder) carry(in *asm.Inst, do func(a, b, in uint32) (sum, out uint32)) (func(w *wave), error) {
	n := len(in.Args)
	if n != 4 && n != 5 || in.Args[1].Kind != asm.SGPR || n == 5 && in.Args[4].Kind != asm.SGPR {
		return nil, errOperands(in)
	}
	v, err := d.vector(&asm.Inst{Text: in.Text}, []asm.Arg{in.Args[0], in.Args[2], in.Args[3]}, sig("u32=u32 u32"), nil)
	if err != nil {
		return nil, err
	}
	if in.Encoding == asm.SDWA {
		if err := d.sdwa(v, &asm.Inst{Args: []asm.Arg{in.Args[0], in.Args[2], in.Args[3]}, Mods: in.Mods}); err != nil {
			return nil, err
		}
	}
	out, from := written(in.Args[1]), -1
	if n == 5 {
		from = in.Args[4].Reg
	}
	return func(w *wave) {
		var carried [2]uint32
		for h := range w.halves {
			mask := w.exec(h)
			carries := uint32(0)
			if from >= 0 {
				carries = w.scalar(from + h)
			}
			a, b := v.src[0].rows(w, h, 0), v.src[1].rows(w, h, 1)
			t := &w.temp[3][0]
			outs := uint32(0)
			for i := range t {
				sum, c := do(a[i], b[i], carries>>i&1)
				t[i] = sum
				outs |= c << i
			}
			v.store(&w.v[h][v.dst], t, mask)
			carried[h] = outs & mask
		}
		w.putMask(out, carried)
	}, nil
}

// written is the register that a scalar result goes to.
func written(a asm.Arg) int {
	if a.Reg == asm.Null {
		return nowhere
	}
	return a.Reg
}

func addCarry(a, b, in uint32) (uint32, uint32) { return bits.Add32(a, b, in) }
func subCarry(a, b, in uint32) (uint32, uint32) { return bits.Sub32(a, b, in) }
func revCarry(a, b, in uint32) (uint32, uint32) { return bits.Sub32(b, a, in) }

var _ = table("RDNA3 ISA 16.6 \"VOP2\", 16.8 \"VOP3\"",
	carryOut("v_add_co_u32", addCarry),
	carryOut("v_sub_co_u32", subCarry),
	carryOut("v_subrev_co_u32", revCarry),
	carryOut("v_add_co_ci_u32", addCarry),
	carryOut("v_sub_co_ci_u32", subCarry),
	carryOut("v_subrev_co_ci_u32", revCarry),
	rule{name: "v_cndmask_b32", dsts: 1, build: cndmask("b32=b32 b32")},
	rule{name: "v_cndmask_b16", dsts: 1, build: cndmask("b16=b16 b16")},
)

// cndmask chooses the second operand in the lanes of a mask.
func cndmask(types string) builder {
	s := sig(types)
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 4 || in.Args[3].Kind != asm.SGPR {
			return nil, errOperands(in)
		}
		v, err := d.vector(in, in.Args[:3], s, nil)
		if err != nil {
			return nil, err
		}
		from := in.Args[3].Reg
		return func(w *wave) {
			for h := range w.halves {
				mask := w.exec(h)
				if mask == 0 {
					continue
				}
				a, b := v.src[0].rows(w, h, 0), v.src[1].rows(w, h, 1)
				if v.moved != nil {
					mask = v.moved.mask(w, h, mask)
				}
				choice := w.scalar(from + h)
				t := &w.temp[3][0]
				for i := range t {
					x := a[i]
					if choice>>i&1 != 0 {
						x = b[i]
					}
					t[i] = x
				}
				v.store(&w.v[h][v.dst], t, mask)
			}
		}, nil
	}
}
