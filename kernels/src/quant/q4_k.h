// Q4_K: value = q * d*scale - dmin*min. A row is [K/32] nibbles of 16 bytes,
// [K/32] scale and min of a byte each, [K/256] d and dmin.
#pragma once
#include "quant/codes.h"

struct q4_k {
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = true;
	static constexpr int BLOCK = 256, BLOCK_BYTES = 144;
	B16 q;
	u32 s, dm;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 18 + K / 256 * 4; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		s = load2(plane(row, K, 16, 2, c));
		dm = load4(blocks(row, K, 18, 4, c));
	}
	MEMBER u32 lo(int i) const { return low_nibbles(word_at(q, i)); }
	MEMBER u32 hi(int i) const { return high_nibbles(word_at(q, i)); }
	MEMBER Scales scales() const {
		const float d = from_half(dm) * (float)(s & 255), m = from_half(dm >> 16) * (float)(s >> 8);
		return Scales{d, d, -m, -m};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int part) {
		u8 code[32];
#pragma unroll
		for (int e = 0; e < 32; e++)
			code[e] = block[16 + part / 2 * 32 + e] >> (part % 2 * 4) & 15;
		put_nibbles(row + c * 16, code);
		put((u8 *)plane(row, K, 16, 2, c), scale6(block + 4, part) | min6(block + 4, part) << 8, 2);
		if (part == 0)
			put((u8 *)blocks(row, K, 18, 4, c), get2(block) | get2(block + 2) << 16, 4);
	}
};
