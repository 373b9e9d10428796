package sim

import (
	"math"
	"math/bits"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

var _ = table("RDNA3 ISA 16.7 \"VOP1\"",
	rule{name: "v_nop", effect: ignored, build: nothing},
	op1("v_mov_b32", func(d, a *row) { *d = *a }),
	op1("v_mov_b16", func(d, a *row) { *d = *a }),
	op1("v_mov_b64", func(d, a *row) { *pair(d) = *pair(a) }),
	op1("v_not_b32", func(d, a *row) {
		for i := range d {
			d[i] = ^a[i]
		}
	}),
	op1("v_not_b16", each1(func(a uint32) uint32 { return ^a })),
	op1("v_bfrev_b32", each1(bits.Reverse32)),
	op1s("v_clz_i32_u32", "i32=u32", each1(leadingZeros)),
	op1s("v_ctz_i32_b32", "i32=b32", each1(trailingZeros)),
	op1s("v_cls_i32", "i32=i32", each1(signBits)),

	op1s("v_cvt_f32_i32", "f32=i32", func(d, a *row) {
		x, y := as[float32](d), as[int32](a)
		for i := range x {
			x[i] = float32(y[i])
		}
	}),
	op1s("v_cvt_f32_u32", "f32=u32", each1(func(a uint32) uint32 { return u32(float32(a)) })),
	op1s("v_cvt_i32_f32", "i32=f32", each1(func(a uint32) uint32 {
		return uint32(toInt(float64(f32(a)), math.MinInt32, math.MaxInt32))
	})),
	op1s("v_cvt_u32_f32", "u32=f32", each1(func(a uint32) uint32 { return uint32(toInt(float64(f32(a)), 0, math.MaxUint32)) })),
	op1s("v_cvt_nearest_i32_f32", "i32=f32", each1(func(a uint32) uint32 {
		return uint32(toInt(math.Floor(float64(f32(a))+0.5), math.MinInt32, math.MaxInt32))
	})),
	op1s("v_cvt_floor_i32_f32", "i32=f32", each1(func(a uint32) uint32 {
		return uint32(toInt(math.Floor(float64(f32(a))), math.MinInt32, math.MaxInt32))
	})),
	op1s("v_cvt_f32_f16", "f32=f16", func(d, a *row) { *d = *a }),
	op1s("v_cvt_f16_f32", "f16=f32", func(d, a *row) { *d = *a }),
	op1s("v_cvt_f16_u16", "f16=u16", each1(func(a uint32) uint32 { return u32(float32(a)) })),
	op1s("v_cvt_f16_i16", "f16=i16", each1(func(a uint32) uint32 { return u32(float32(int32(a))) })),
	op1s("v_cvt_u16_f16", "u16=f16", each1(func(a uint32) uint32 { return uint32(toInt(float64(f32(a)), 0, math.MaxUint16)) })),
	op1s("v_cvt_i16_f16", "i16=f16", each1(func(a uint32) uint32 {
		return uint32(toInt(float64(f32(a)), math.MinInt16, math.MaxInt16))
	})),
	op1s("v_cvt_f32_ubyte0", "f32=u32", ubyte(0)),
	op1s("v_cvt_f32_ubyte1", "f32=u32", ubyte(8)),
	op1s("v_cvt_f32_ubyte2", "f32=u32", ubyte(16)),
	op1s("v_cvt_f32_ubyte3", "f32=u32", ubyte(24)),
	op1s("v_cvt_f64_f32", "f64=f32", func(d, a *row) {
		t := *a
		for i := range t {
			pair(d).put(i, u64(float64(f32(t[i]))))
		}
	}),
	op1s("v_cvt_f32_f64", "f32=f64", func(d, a *row) {
		for i := range d {
			d[i] = u32(float32(f64(pair(a).get(i))))
		}
	}),
	op1s("v_cvt_f64_i32", "f64=i32", func(d, a *row) {
		t := *a
		for i := range t {
			pair(d).put(i, u64(float64(int32(t[i]))))
		}
	}),
	op1s("v_cvt_f64_u32", "f64=u32", func(d, a *row) {
		t := *a
		for i := range t {
			pair(d).put(i, u64(float64(t[i])))
		}
	}),
	op1s("v_cvt_i32_f64", "i32=f64", func(d, a *row) {
		for i := range d {
			d[i] = uint32(toInt(f64(pair(a).get(i)), math.MinInt32, math.MaxInt32))
		}
	}),
	op1s("v_cvt_u32_f64", "u32=f64", func(d, a *row) {
		for i := range d {
			d[i] = uint32(toInt(f64(pair(a).get(i)), 0, math.MaxUint32))
		}
	}),

	op1("v_fract_f32", float1(func(x float32) float32 { return min(x-float32(math.Floor(float64(x))), 0x1.fffffep-1) })),
	op1("v_trunc_f32", float1(func(x float32) float32 { return float32(math.Trunc(float64(x))) })),
	op1("v_ceil_f32", float1(func(x float32) float32 { return float32(math.Ceil(float64(x))) })),
	op1("v_rndne_f32", float1(func(x float32) float32 { return float32(math.RoundToEven(float64(x))) })),
	op1("v_floor_f32", float1(func(x float32) float32 { return float32(math.Floor(float64(x))) })),
	op1("v_exp_f32", transcendental(math.Exp2)),
	op1("v_log_f32", transcendental(math.Log2)),
	op1("v_rcp_f32", transcendental(func(x float64) float64 { return 1 / x })),
	op1("v_rcp_iflag_f32", transcendental(func(x float64) float64 { return 1 / x })),
	op1("v_rsq_f32", transcendental(func(x float64) float64 { return 1 / math.Sqrt(x) })),
	op1("v_sqrt_f32", transcendental(math.Sqrt)),
	op1("v_sin_f32", turns(math.Sin, 0)),
	op1("v_cos_f32", turns(math.Cos, 1)),
	op1s("v_frexp_exp_i32_f32", "i32=f32", each1(func(a uint32) uint32 {
		if x := float64(f32(a)); x != 0 && !math.IsInf(x, 0) && x == x {
			_, e := math.Frexp(x)
			return uint32(e)
		}
		return 0
	})),
	op1("v_frexp_mant_f32", float1(func(x float32) float32 {
		m, _ := math.Frexp(float64(x))
		return float32(m)
	})),
	op1s("v_frexp_exp_i32_f64", "i32=f64", func(d, a *row) {
		for i := range d {
			x := f64(pair(a).get(i))
			e := 0
			if x != 0 && !math.IsInf(x, 0) && x == x {
				_, e = math.Frexp(x)
			}
			d[i] = uint32(e)
		}
	}),
	op1("v_frexp_mant_f64", double1(func(x float64) float64 {
		m, _ := math.Frexp(x)
		return m
	})),
	op1("v_rcp_f64", double1(func(x float64) float64 { return 1 / x })),
	op1("v_rsq_f64", double1(func(x float64) float64 { return 1 / math.Sqrt(x) })),
	op1("v_sqrt_f64", double1(math.Sqrt)),
	op1("v_trunc_f64", double1(math.Trunc)),
	op1("v_ceil_f64", double1(math.Ceil)),
	op1("v_rndne_f64", double1(math.RoundToEven)),
	op1("v_floor_f64", double1(math.Floor)),
	op1("v_fract_f64", double1(func(x float64) float64 { return min(x-math.Floor(x), 0x1.fffffffffffffp-1) })),

	op1("v_rcp_f16", half1(func(x float64) float64 { return 1 / x })),
	op1("v_sqrt_f16", half1(math.Sqrt)),
	op1("v_rsq_f16", half1(func(x float64) float64 { return 1 / math.Sqrt(x) })),
	op1("v_log_f16", half1(math.Log2)),
	op1("v_exp_f16", half1(math.Exp2)),
	op1("v_floor_f16", half1(math.Floor)),
	op1("v_ceil_f16", half1(math.Ceil)),
	op1("v_trunc_f16", half1(math.Trunc)),
	op1("v_rndne_f16", half1(math.RoundToEven)),
	op1("v_fract_f16", half1(func(x float64) float64 { return x - math.Floor(x) })),
)

// half1 computes with half floats, which are float32 on their way, and rounds
// twice at most where that does not show: results come with 24 bits or more.
func half1(f func(x float64) float64) func(d, a *row) {
	return each1(func(a uint32) uint32 { return u32(num.Widen(num.NarrowExact(f(float64(f32(a)))))) })
}

func ubyte(shift int) func(d, a *row) {
	return func(d, a *row) {
		for i := range d {
			d[i] = u32(float32(a[i] >> shift & 255))
		}
	}
}

func leadingZeros(a uint32) uint32 {
	if a == 0 {
		return all
	}
	return uint32(bits.LeadingZeros32(a))
}

func trailingZeros(a uint32) uint32 {
	if a == 0 {
		return all
	}
	return uint32(bits.TrailingZeros32(a))
}

// signBits counts the bits from the top that equal the sign, or is -1.
func signBits(a uint32) uint32 {
	if int32(a) < 0 {
		a = ^a
	}
	if a == 0 {
		return all
	}
	return uint32(bits.LeadingZeros32(a))
}

func nothing(*decoder, *asm.Inst) (func(w *wave), error) { return func(*wave) {}, nil }
