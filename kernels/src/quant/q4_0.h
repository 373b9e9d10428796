// Q4_0: value = (q - 8) * d. A row is [K/32] nibbles of 16 bytes, [K/32] d.
#pragma once
#include "quant/codes.h"

struct q4_0 {
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = true;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 18;
	B16 q;
	u32 d;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 18; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		d = load2(plane(row, K, 16, 2, c));
	}
	MEMBER u32 lo(int i) const { return low_nibbles(word_at(q, i)); }
	MEMBER u32 hi(int i) const { return high_nibbles(word_at(q, i)); }
	MEMBER Scales scales() const {
		const float m = from_half(d);
		return Scales{m, m, -8 * m, -8 * m};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		for (int i = 0; i < 16; i++)
			row[c * 16 + i] = block[2 + i];
		put((u8 *)plane(row, K, 16, 2, c), get2(block), 2);
	}
};
