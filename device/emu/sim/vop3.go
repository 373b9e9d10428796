package sim

import (
	"math"
	"math/bits"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

var _ = table("RDNA3 ISA 16.8 \"VOP3\"",
	op3("v_fma_f32", fmaF32),
	op3("v_fma_f16", fmaF16),
	op3("v_fma_f64", fmaF64),
	op3("v_mad_u32_u24", func(d, a, b, c *row) {
		for i := range d {
			d[i] = (a[i]&0xffffff)*(b[i]&0xffffff) + c[i]
		}
	}),
	op3s("v_mad_i32_i24", "i32=i32 i32 i32", each3(func(a, b, c uint32) uint32 { return uint32(i24(a)*i24(b)) + c })),
	op3s("v_bfe_u32", "u32=u32 u32 u32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = a[i] >> (b[i] & 31) & (1<<(c[i]&31) - 1)
		}
	}),
	op3s("v_bfe_i32", "i32=i32 u32 u32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = bfeI32(a[i], b[i], c[i])
		}
	}),
	op3("v_bfi_b32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = a[i]&b[i] | ^a[i]&c[i]
		}
	}),
	op3s("v_alignbit_b32", "b32=b32 b32 b32", each3(func(a, b, c uint32) uint32 {
		return uint32((uint64(a)<<32 | uint64(b)) >> (c & 31))
	})),
	op3s("v_alignbyte_b32", "b32=b32 b32 b32", each3(func(a, b, c uint32) uint32 {
		return uint32((uint64(a)<<32 | uint64(b)) >> (8 * (c & 3)))
	})),
	op3("v_min3_f32", each3(func(a, b, c uint32) uint32 { return minF32(minF32(a, b), c) })),
	op3("v_max3_f32", each3(func(a, b, c uint32) uint32 { return maxF32(maxF32(a, b), c) })),
	op3("v_med3_f32", each3(med3F32)),
	op3("v_maxmin_f32", each3(func(a, b, c uint32) uint32 { return minF32(maxF32(a, b), c) })),
	op3("v_minmax_f32", each3(func(a, b, c uint32) uint32 { return maxF32(minF32(a, b), c) })),
	op3("v_min3_i32", each3(func(a, b, c uint32) uint32 { return uint32(min(int32(a), int32(b), int32(c))) })),
	op3("v_max3_i32", each3(func(a, b, c uint32) uint32 { return uint32(max(int32(a), int32(b), int32(c))) })),
	op3("v_med3_i32", each3(func(a, b, c uint32) uint32 {
		x, y, z := int32(a), int32(b), int32(c)
		return uint32(max(min(x, y), min(max(x, y), z)))
	})),
	op3("v_min3_u32", each3(func(a, b, c uint32) uint32 { return min(a, b, c) })),
	op3("v_max3_u32", each3(func(a, b, c uint32) uint32 { return max(a, b, c) })),
	op3("v_med3_u32", each3(func(a, b, c uint32) uint32 { return max(min(a, b), min(max(a, b), c)) })),
	op3("v_maxmin_i32", each3(func(a, b, c uint32) uint32 { return uint32(min(max(int32(a), int32(b)), int32(c))) })),
	op3("v_minmax_i32", each3(func(a, b, c uint32) uint32 { return uint32(max(min(int32(a), int32(b)), int32(c))) })),
	op3("v_maxmin_u32", each3(func(a, b, c uint32) uint32 { return min(max(a, b), c) })),
	op3("v_minmax_u32", each3(func(a, b, c uint32) uint32 { return max(min(a, b), c) })),
	op3("v_perm_b32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = perm(a[i], b[i], c[i])
		}
	}),
	op3s("v_lshl_add_u32", "u32=u32 u32 u32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = a[i]<<(b[i]&31) + c[i]
		}
	}),
	op3s("v_add_lshl_u32", "u32=u32 u32 u32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = (a[i] + b[i]) << (c[i] & 31)
		}
	}),
	op3("v_add3_u32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = a[i] + b[i] + c[i]
		}
	}),
	op3s("v_lshl_or_b32", "b32=b32 u32 b32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = a[i]<<(b[i]&31) | c[i]
		}
	}),
	op3("v_and_or_b32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = a[i]&b[i] | c[i]
		}
	}),
	op3("v_or3_b32", func(d, a, b, c *row) {
		for i := range d {
			d[i] = a[i] | b[i] | c[i]
		}
	}),
	op3("v_xor3_b32", each3(func(a, b, c uint32) uint32 { return a ^ b ^ c })),
	op3("v_xad_u32", each3(func(a, b, c uint32) uint32 { return (a ^ b) + c })),
	op3s("v_sad_u8", "u32=u32 u32 u32", each3(sadU8)),
	op2("v_mul_lo_u32", func(d, a, b *row) {
		for i := range d {
			d[i] = a[i] * b[i]
		}
	}),
	op2("v_mul_hi_u32", each2(func(a, b uint32) uint32 { return uint32(uint64(a) * uint64(b) >> 32) })),
	op2("v_mul_hi_i32", each2(func(a, b uint32) uint32 { return uint32(int64(int32(a)) * int64(int32(b)) >> 32) })),
	op2s("v_ldexp_f32", "f32=f32 i32", each2(func(a, b uint32) uint32 { return u32(ldexp32(f32(a), int32(b))) })),
	op2s("v_ldexp_f64", "f64=f64 i32", func(d, a, b *row) {
		n := *b
		for i := range n {
			pair(d).put(i, u64(math.Ldexp(f64(pair(a).get(i)), int(int32(n[i])))))
		}
	}),
	op2("v_add_f64", double2(func(a, b float64) float64 { return a + b })),
	op2("v_mul_f64", double2(func(a, b float64) float64 { return a * b })),
	op2("v_min_f64", double2(func(a, b float64) float64 { return pick64(a, b, math.Min) })),
	op2("v_max_f64", double2(func(a, b float64) float64 { return pick64(a, b, math.Max) })),
	op2s("v_bfm_b32", "b32=u32 u32", each2(func(a, b uint32) uint32 { return (1<<(a&31) - 1) << (b & 31) })),
	op2s("v_bcnt_u32_b32", "u32=b32 u32", each2(func(a, b uint32) uint32 { return uint32(bits.OnesCount32(a)) + b })),
	op2s("v_add_nc_i32", "i32=i32 i32", each2(func(a, b uint32) uint32 { return a + b })),
	op2s("v_sub_nc_i32", "i32=i32 i32", each2(func(a, b uint32) uint32 { return a - b })),
	op2s("v_pack_b32_f16", "b32=f16 f16", each2(func(a, b uint32) uint32 {
		return uint32(num.Narrow(f32(a))) | uint32(num.Narrow(f32(b)))<<16
	})),
	op2s("v_lshlrev_b64", "b64=u32 b64", shift64(func(x uint64, n uint32) uint64 { return x << n })),
	op2s("v_lshrrev_b64", "b64=u32 b64", shift64(func(x uint64, n uint32) uint64 { return x >> n })),
	op2s("v_ashrrev_i64", "i64=u32 i64", shift64(func(x uint64, n uint32) uint64 { return uint64(int64(x) >> n) })),

	op2("v_add_nc_u16", each2(func(a, b uint32) uint32 { return a + b })),
	op2("v_sub_nc_u16", each2(func(a, b uint32) uint32 { return a - b })),
	op2("v_add_nc_i16", each2(func(a, b uint32) uint32 { return a + b })),
	op2("v_sub_nc_i16", each2(func(a, b uint32) uint32 { return a - b })),
	op2("v_mul_lo_u16", each2(func(a, b uint32) uint32 { return a * b })),
	op2("v_and_b16", each2(func(a, b uint32) uint32 { return a & b })),
	op2("v_or_b16", each2(func(a, b uint32) uint32 { return a | b })),
	op2("v_xor_b16", each2(func(a, b uint32) uint32 { return a ^ b })),
	op2("v_lshlrev_b16", each2(func(a, b uint32) uint32 { return b << (a & 15) })),
	op2("v_lshrrev_b16", each2(func(a, b uint32) uint32 { return b >> (a & 15) })),
	op2("v_ashrrev_i16", each2(func(a, b uint32) uint32 { return uint32(int32(b) >> (a & 15)) })),
	op2("v_min_i16", each2(func(a, b uint32) uint32 { return uint32(min(int32(a), int32(b))) })),
	op2("v_max_i16", each2(func(a, b uint32) uint32 { return uint32(max(int32(a), int32(b))) })),
	op2("v_min_u16", each2(func(a, b uint32) uint32 { return min(a, b) })),
	op2("v_max_u16", each2(func(a, b uint32) uint32 { return max(a, b) })),
	op3("v_mad_u16", each3(func(a, b, c uint32) uint32 { return a*b + c })),
	op3("v_mad_i16", each3(func(a, b, c uint32) uint32 { return a*b + c })),
	op3s("v_mad_u32_u16", "u32=u16 u16 u32", each3(func(a, b, c uint32) uint32 { return a*b + c })),
	op3s("v_mad_i32_i16", "i32=i16 i16 i32", each3(func(a, b, c uint32) uint32 { return a*b + c })),

	op3("v_div_fixup_f32", each3(divFixup)),
	rule{name: "v_div_scale_f32", dsts: 2, build: buildDivScale},
	rule{name: "v_div_fmas_f32", dsts: 1, build: buildDivFmas},
	rule{name: "v_mad_u64_u32", dsts: 2, build: mad64("u64=u32 u32 u64", func(a, b uint32, c uint64) (uint64, bool) {
		sum, carry := bits.Add64(uint64(a)*uint64(b), c, 0)
		return sum, carry != 0
	})},
	rule{name: "v_mad_i64_i32", dsts: 2, build: mad64("i64=i32 i32 i64", func(a, b uint32, c uint64) (uint64, bool) {
		p := int64(int32(a)) * int64(int32(b))
		sum := p + int64(c)
		return uint64(sum), (p^sum)&(int64(c)^sum) < 0
	})},
)

func fmaF64(d, a, b, c *row) {
	for i := range lanes {
		pair(d).put(i, u64(math.FMA(f64(pair(a).get(i)), f64(pair(b).get(i)), f64(pair(c).get(i)))))
	}
}

// pick64 is a minimum or maximum of which a number beats a NaN.
func pick64(a, b float64, f func(a, b float64) float64) float64 {
	switch {
	case a != a:
		return b
	case b != b:
		return a
	}
	return f(a, b)
}

func shift64(f func(x uint64, n uint32) uint64) func(d, a, b *row) {
	return func(d, a, b *row) {
		for i := range lanes {
			pair(d).put(i, f(pair(b).get(i), a[i]&63))
		}
	}
}

func bfeI32(a, b, c uint32) uint32 {
	n := c & 31
	if n == 0 {
		return 0
	}
	return uint32(int32(a>>(b&31)<<(32-n)) >> (32 - n))
}

// perm is V_PERM_B32: each byte of the selector names one of the eight of a and
// b, b's first, or a sign, or a constant.
func perm(a, b, selector uint32) (out uint32) {
	x := uint64(a)<<32 | uint64(b)
	for i := 0; i < 32; i += 8 {
		s := selector >> i & 255
		var v uint32
		switch {
		case s < 8:
			v = uint32(x>>(8*s)) & 255
		case s < 12: // the sign of a half
			v = uint32(int32(uint32(x>>(16*(s-8)))<<16) >> 31 & 255)
		case s > 12:
			v = 255
		}
		out |= v << i
	}
	return out
}

func sadU8(a, b, c uint32) uint32 {
	for i := 0; i < 32; i += 8 {
		x, y := a>>i&255, b>>i&255
		c += max(x, y) - min(x, y)
	}
	return c
}

// buildDivScale: "v_div_scale_f32 v0, vcc_lo, v1, v2, v3".
func buildDivScale(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) != 5 || in.Args[1].Kind != asm.SGPR {
		return nil, errOperands(in)
	}
	v, err := d.vector(in, append([]asm.Arg{in.Args[0]}, in.Args[2:]...), sig("f32=f32 f32 f32"), nil)
	if err != nil {
		return nil, err
	}
	out := written(in.Args[1])
	return func(w *wave) {
		var scaledBack [2]uint32
		for h := range w.halves {
			mask, flags := w.exec(h), uint32(0)
			a, b, c := v.src[0].rows(w, h, 0), v.src[1].rows(w, h, 1), v.src[2].rows(w, h, 2)
			t := &w.temp[3][0]
			for i := range t {
				x, scaled := divScale(a[i], b[i], c[i])
				t[i] = x
				flags |= truth(scaled) << i
			}
			merge(&w.v[h][v.dst], t, mask)
			scaledBack[h] = flags & mask
		}
		w.putMask(out, scaledBack)
	}, nil
}

// buildDivFmas reads VCC, which the text does not name.
func buildDivFmas(d *decoder, in *asm.Inst) (func(w *wave), error) {
	v, err := d.vector(in, in.Args, sig("f32=f32 f32 f32"), nil)
	if err != nil {
		return nil, err
	}
	d.alsoReads(asm.VCC, d.maskWords())
	return func(w *wave) {
		for h := range w.halves {
			mask, flags := w.exec(h), w.s[asm.VCC+h]
			a, b, c := v.src[0].rows(w, h, 0), v.src[1].rows(w, h, 1), v.src[2].rows(w, h, 2)
			t := &w.temp[3][0]
			for i := range t {
				t[i] = divFmas(a[i], b[i], c[i], flags>>i&1 != 0)
			}
			merge(&w.v[h][v.dst], t, mask)
		}
	}, nil
}

// mad64 is a product of 32 bits each plus 64 bits: "v_mad_u64_u32 v[0:1],
// null, v2, s3, v[4:5]".
func mad64(types string, do func(a, b uint32, c uint64) (uint64, bool)) builder {
	s := sig(types)
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 5 || in.Args[1].Kind != asm.SGPR {
			return nil, errOperands(in)
		}
		v, err := d.vector(in, append([]asm.Arg{in.Args[0]}, in.Args[2:]...), s, nil)
		if err != nil {
			return nil, err
		}
		out := written(in.Args[1])
		return func(w *wave) {
			var carried [2]uint32
			for h := range w.halves {
				mask, flags := w.exec(h), uint32(0)
				a, b, c := v.src[0].rows(w, h, 0), v.src[1].rows(w, h, 1), v.src[2].rows(w, h, 2)
				t := &w.temp[3][0]
				for i := range lanes {
					x, carry := do(a[i], b[i], pair(c).get(i))
					pair(t).put(i, x)
					flags |= truth(carry) << i
				}
				v.store(&w.v[h][v.dst], t, mask)
				carried[h] = flags & mask
			}
			w.putMask(out, carried)
		}, nil
	}
}
