// Q4_1: value = q * d + m. A row is [K/32] nibbles of 16 bytes, [K/32] d and m.
#pragma once
#include "quant/codes.h"

struct q4_1 {
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = true;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 20;
	B16 q;
	u32 dm;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 20; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		dm = load4(plane(row, K, 16, 4, c));
	}
	MEMBER u32 lo(int i) const { return low_nibbles(word_at(q, i)); }
	MEMBER u32 hi(int i) const { return high_nibbles(word_at(q, i)); }
	MEMBER Scales scales() const {
		const float d = from_half(dm), m = from_half(dm >> 16);
		return Scales{d, d, m, m};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		for (int i = 0; i < 16; i++)
			row[c * 16 + i] = block[4 + i];
		put((u8 *)plane(row, K, 16, 4, c), get2(block) | get2(block + 2) << 16, 4);
	}
};
