// Q8_0: value = q * d. A row is [K/32] elements 0 to 15 of each chunk, [K/32]
// elements 16 to 31, [K/32] d.
#pragma once
#include "quant/codes.h"

struct q8_0 {
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = false;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 34;
	B16 a, b;
	u32 d;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 34; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		a = fetch16<ONCE>(plane(row, K, 0, 16, c));
		b = fetch16<ONCE>(plane(row, K, 16, 16, c));
		d = load2(plane(row, K, 32, 2, c));
	}
	MEMBER u32 lo(int i) const { return word_at(a, i); }
	MEMBER u32 hi(int i) const { return word_at(b, i); }
	MEMBER Scales scales() const {
		const float m = from_half(d);
		return Scales{m, m, 0, 0};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		for (int i = 0; i < 16; i++) {
			((u8 *)plane(row, K, 0, 16, c))[i] = block[2 + i];
			((u8 *)plane(row, K, 16, 16, c))[i] = block[18 + i];
		}
		put((u8 *)plane(row, K, 32, 2, c), get2(block), 2);
	}
};
