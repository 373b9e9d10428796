// RDNA 3 (gfx1100 to gfx1103, gfx1150 to gfx1152): waves of 32 lanes, WMMA.
#pragma once
#include "lib/amd.h"

// dot4 is c plus the product of four signed bytes each.
DEVICE i32 dot4(u32 a, u32 b, i32 c) { return __builtin_amdgcn_sudot4(true, (i32)a, true, (i32)b, c, false); }

// neighbour is x of the lane whose number differs in the bits of MASK, below 16.
template <int MASK>
DEVICE float neighbour(float x) {
	return from_bits((u32)__builtin_amdgcn_update_dpp(0, (i32)__float_as_uint(x), 0x160 + MASK, 0xf, 0xf, true));
}

// other_half is x of the lane 16 further or before.
DEVICE float other_half(float x) {
	const i32 v = (i32)__float_as_uint(x);
	return from_bits((u32)__builtin_amdgcn_permlanex16(v, v, 0x76543210, 0xfedcba98, false, false));
}

DEVICE float wave_sum(float x) {
	x += neighbour<1>(x);
	x += neighbour<2>(x);
	x += neighbour<4>(x);
	x += neighbour<8>(x);
	return x + other_half(x);
}

DEVICE float wave_max(float x) {
	x = fmaxf(x, neighbour<1>(x));
	x = fmaxf(x, neighbour<2>(x));
	x = fmaxf(x, neighbour<4>(x));
	x = fmaxf(x, neighbour<8>(x));
	return fmaxf(x, other_half(x));
}

// A tile is a product of 16 rows and 16 columns over MMA_K elements. Both
// operands lie in LDS with k innermost. Element i of an accumulator is of row
// acc_row(i), column acc_col(i); it shares its row with those of the same
// acc_slot(i) in the lane, and with ROW_LANES lanes.
#define MATRIX 1
constexpr int MMA_K = 16, ACC = 8, SLOTS = 8, ROW_LANES = 16;

typedef Half half16 __attribute__((ext_vector_type(16)));
typedef float float8 __attribute__((ext_vector_type(8)));

// AHEAD_DIM is the largest head whose keys attention loads ahead.
constexpr int AHEAD_DIM = 64;

struct Fragment {
	half16 v;
};

// load_rows loads 16 rows of the left operand, stride halves apart. Both halves
// of the wave hold all of it, as WMMA wants.
DEVICE Fragment load_rows(const Half *tile, int stride) {
	const Half *row = tile + lane() % 16 * stride;
	union {
		B16 b[2];
		Fragment f;
	} u = {{load16(row), load16(row + 8)}};
	return u.f;
}

// load_cols loads 16 columns of the right operand.
DEVICE Fragment load_cols(const Half *tile, int stride) { return load_rows(tile, stride); }

DEVICE void mma(float (&c)[ACC], const Fragment &a, const Fragment &b) {
	float8 v;
#pragma unroll
	for (int i = 0; i < ACC; i++)
		v[i] = c[i];
	v = __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(a.v, b.v, v);
#pragma unroll
	for (int i = 0; i < ACC; i++)
		c[i] = v[i];
}

DEVICE int acc_row(int i) { return 2 * i + lane() / 16; }
DEVICE int acc_col(int i) { return lane() % 16; }
DEVICE constexpr int acc_slot(int i) { return i; }
DEVICE int slot_row(int s) { return 2 * s + lane() / 16; }
