// Any other AMD GPU, with waves of WAVE lanes. Matrix tiles are summed up by
// vector instructions out of LDS.
#pragma once
#include "lib/amd.h"
#include "lib/shuffle.h"

// dot4 is c plus the product of four signed bytes each.
DEVICE i32 dot4(u32 a, u32 b, i32 c) {
#if defined(__gfx1200__) || defined(__gfx1201__)
	return __builtin_amdgcn_sudot4(true, (i32)a, true, (i32)b, c, false);
#elif defined(__gfx906__) || defined(__gfx908__) || defined(__gfx90a__) || defined(__gfx942__) || defined(__gfx1030__)
	return __builtin_amdgcn_sdot4((i32)a, (i32)b, c, false);
#else
	for (int i = 0; i < 32; i += 8)
		c += (i32)(i8)(a >> i) * (i32)(i8)(b >> i);
	return c;
#endif
}

// A tile is a product of 16 rows and 16 columns over MMA_K elements. Both
// operands lie in LDS with k innermost. Element i of an accumulator is of row
// acc_row(i), column acc_col(i); it shares its row with those of the same
// acc_slot(i) in the lane, and with ROW_LANES lanes.
constexpr int MMA_K = 16, ACC = 256 / WAVE, SLOTS = ACC, ROW_LANES = 16;

// AHEAD_DIM is the largest head whose keys attention loads ahead.
constexpr int AHEAD_DIM = 0;

struct Fragment {
	const Half *tile;
	int stride;
};

DEVICE Fragment load_rows(const Half *tile, int stride) { return Fragment{tile, stride}; }
DEVICE Fragment load_cols(const Half *tile, int stride) { return Fragment{tile, stride}; }

DEVICE int slot_row(int s) { return s * (WAVE / 16) + lane() / 16; }
DEVICE int acc_row(int i) { return slot_row(i); }
DEVICE int acc_col(int i) { return lane() % 16; }
DEVICE constexpr int acc_slot(int i) { return i; }

DEVICE void mma(float (&c)[ACC], const Fragment &a, const Fragment &b) {
	const Half *col = b.tile + lane() % 16 * b.stride;
	// More at a time would take more registers than a wave has.
#pragma unroll 4
	for (int k = 0; k < MMA_K; k++) {
		const float y = (float)col[k];
#pragma unroll
		for (int i = 0; i < ACC; i++)
			c[i] = fmaf((float)a.tile[slot_row(i) * a.stride + k], y, c[i]);
	}
}
