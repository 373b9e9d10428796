// Q6_K: value = (q - 32) * d*scale. A row is [K/32] nibbles of 16 bytes, [K/32]
// upper bits of 8 bytes, [K/32] scales of two halves, [K/256] d.
#pragma once
#include "quant/codes.h"

struct q6_k {
	static constexpr bool FLOAT = false, HALVES = true, OFFSET = true;
	static constexpr int BLOCK = 256, BLOCK_BYTES = 210;
	B16 q;
	B8 h;
	u32 s, d;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 26 + K / 256 * 2; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		h = load8(plane(row, K, 16, 8, c));
		s = load2(plane(row, K, 24, 2, c));
		d = load2(blocks(row, K, 26, 2, c));
	}
	MEMBER u32 lo(int i) const { return low_nibbles(word_at(q, i)) | (h.x >> (2 * i) & 0x03030303) << 4; }
	MEMBER u32 hi(int i) const { return high_nibbles(word_at(q, i)) | (h.y >> (2 * i) & 0x03030303) << 4; }
	MEMBER Scales scales() const {
		const float m = from_half(d), a = m * byte_at(s, 0), b = m * byte_at(s, 1);
		return Scales{a, b, -32 * a, -32 * b};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int part) {
		u8 code[32];
		const u8 *low = block + part / 4 * 64 + part % 2 * 32, *high = block + 128 + part / 4 * 32;
		const int j = part % 4;
#pragma unroll
		for (int e = 0; e < 32; e++)
			code[e] = (u8)((low[e] >> (j / 2 * 4) & 15) | (high[e] >> (2 * j) & 3) << 4);
		put_nibbles(row + c * 16, code);
		put_pairs((u8 *)plane(row, K, 16, 8, c), code, 4);
		put((u8 *)plane(row, K, 24, 2, c), get2(block + 192 + 2 * part), 2);
		if (part == 0)
			put((u8 *)blocks(row, K, 26, 2, c), get2(block + 208), 2);
	}
};
