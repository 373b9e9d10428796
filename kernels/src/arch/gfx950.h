// CDNA 4 (gfx950): waves of 64 lanes, MFMA.
#pragma once
#include "lib/amd.h"

// dot4 is c plus the product of four signed bytes each.
DEVICE i32 dot4(u32 a, u32 b, i32 c) { return __builtin_amdgcn_sdot4((i32)a, (i32)b, c, false); }

// moved is x of the lane that a DPP control names.
template <int CONTROL>
DEVICE float moved(float x) {
	return from_bits((u32)__builtin_amdgcn_update_dpp(0, (i32)__float_as_uint(x), CONTROL, 0xf, 0xf, true));
}

// The sum and the larger of x and that of the lane 16 or 32 further or before:
// one of the two numbers that a swap returns is the lane's own.
DEVICE float sum_of_swap16(float x) {
	const u32 v = __float_as_uint(x);
	const auto r = __builtin_amdgcn_permlane16_swap(v, v, false, false);
	return from_bits(r[0]) + from_bits(r[1]);
}

DEVICE float sum_of_swap32(float x) {
	const u32 v = __float_as_uint(x);
	const auto r = __builtin_amdgcn_permlane32_swap(v, v, false, false);
	return from_bits(r[0]) + from_bits(r[1]);
}

DEVICE float max_of_swap16(float x) {
	const u32 v = __float_as_uint(x);
	const auto r = __builtin_amdgcn_permlane16_swap(v, v, false, false);
	return fmaxf(from_bits(r[0]), from_bits(r[1]));
}

DEVICE float max_of_swap32(float x) {
	const u32 v = __float_as_uint(x);
	const auto r = __builtin_amdgcn_permlane32_swap(v, v, false, false);
	return fmaxf(from_bits(r[0]), from_bits(r[1]));
}

// DPP controls: quad_perm [1,0,3,2] and [2,3,0,1], row_ror 4 and 8.
DEVICE float wave_sum(float x) {
	x += moved<0xb1>(x);
	x += moved<0x4e>(x);
	x += moved<0x124>(x);
	x += moved<0x128>(x);
	return sum_of_swap32(sum_of_swap16(x));
}

DEVICE float wave_max(float x) {
	x = fmaxf(x, moved<0xb1>(x));
	x = fmaxf(x, moved<0x4e>(x));
	x = fmaxf(x, moved<0x124>(x));
	x = fmaxf(x, moved<0x128>(x));
	return max_of_swap32(max_of_swap16(x));
}

// A tile is a product of 16 rows and 16 columns over MMA_K elements. Both
// operands lie in LDS with k innermost. Element i of an accumulator is of row
// acc_row(i), column acc_col(i); it shares its row with those of the same
// acc_slot(i) in the lane, and with ROW_LANES lanes.
#define MATRIX 1
constexpr int MMA_K = 32, ACC = 4, SLOTS = 4, ROW_LANES = 16;

typedef Half half8 __attribute__((ext_vector_type(8)));
typedef float native4 __attribute__((ext_vector_type(4)));

// AHEAD_DIM is the largest head whose keys attention loads ahead.
constexpr int AHEAD_DIM = 128;

struct Fragment {
	half8 v;
};

// load_rows loads 16 rows of the left operand, stride halves apart.
DEVICE Fragment load_rows(const Half *tile, int stride) {
	union {
		B16 b;
		Fragment f;
	} u = {load16(tile + lane() % 16 * stride + lane() / 16 * 8)};
	return u.f;
}

// load_cols loads 16 columns of the right operand.
DEVICE Fragment load_cols(const Half *tile, int stride) { return load_rows(tile, stride); }

DEVICE void mma(float (&c)[ACC], const Fragment &a, const Fragment &b) {
	native4 v = {c[0], c[1], c[2], c[3]};
	v = __builtin_amdgcn_mfma_f32_16x16x32_f16(a.v, b.v, v, 0, 0, 0);
#pragma unroll
	for (int i = 0; i < ACC; i++)
		c[i] = v[i];
}

DEVICE int acc_row(int i) { return 4 * (lane() / 16) + i; }
DEVICE int acc_col(int i) { return lane() % 16; }
DEVICE constexpr int acc_slot(int i) { return i; }
DEVICE int slot_row(int s) { return 4 * (lane() / 16) + s; }

// A lane's block of 32 small floats as scaled matrix instructions take it: codes
// of 4 bits in four words, of 6 in six, of 8 in eight.
struct ScaledOperand {
	u32 v[8];

	MEMBER void put(int at, const B16 &b) {
		v[at] = b.x;
		v[at + 1] = b.y;
		v[at + 2] = b.z;
		v[at + 3] = b.w;
	}
};

typedef i32 native8 __attribute__((ext_vector_type(8)));

DEVICE native8 native_operand(const ScaledOperand &x) {
	return native8{(i32)x.v[0], (i32)x.v[1], (i32)x.v[2], (i32)x.v[3], (i32)x.v[4], (i32)x.v[5], (i32)x.v[6], (i32)x.v[7]};
}

// mma_scaled is mma over 128 elements of types TA and TB. Lane l has block l/16 of
// row or column l%16, and in byte BYTE of a word the block's scale. E4M3 has
// none: its operands of both sides are of one order, whatever that is.
template <int TA, int TB, int BYTE>
DEVICE void mma_scaled(float (&c)[ACC], const ScaledOperand &a, const ScaledOperand &b, u32 scale_a, u32 scale_b) {
	native4 v = {c[0], c[1], c[2], c[3]};
	if constexpr (TA == 0 && TB == 0)
		v = __builtin_amdgcn_mfma_scale_f32_16x16x128_f8f6f4(native_operand(a), native_operand(b), v, TA, TB, 0, 0, 0, 0);
	else
		v = __builtin_amdgcn_mfma_scale_f32_16x16x128_f8f6f4(native_operand(a), native_operand(b), v, TA, TB, BYTE, (i32)scale_a, BYTE,
		                                                     (i32)scale_b);
#pragma unroll
	for (int i = 0; i < ACC; i++)
		c[i] = v[i];
}
