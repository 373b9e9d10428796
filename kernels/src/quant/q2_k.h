// Q2_K: value = q * d*scale - dmin*min. A row is [K/32] codes of 8 bytes, [K/32]
// two bytes, each a half's scale in the low and its min in the high nibble,
// [K/256] d and dmin.
#pragma once
#include "quant/codes.h"

struct q2_k {
	static constexpr bool FLOAT = false, HALVES = true, OFFSET = true;
	static constexpr int BLOCK = 256, BLOCK_BYTES = 84;
	B8 q;
	u32 s, dm;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 10 + K / 256 * 4; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = load8(plane(row, K, 0, 8, c));
		s = load2(plane(row, K, 8, 2, c));
		dm = load4(blocks(row, K, 10, 4, c));
	}
	MEMBER u32 lo(int i) const { return q.x >> (2 * i) & 0x03030303; }
	MEMBER u32 hi(int i) const { return q.y >> (2 * i) & 0x03030303; }
	MEMBER Scales scales() const {
		const float d = from_half(dm), m = from_half(dm >> 16);
		return Scales{d * (float)(s & 15), d * (float)(s >> 8 & 15), -m * (float)(s >> 4 & 15), -m * (float)(s >> 12 & 15)};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int part) {
		u8 code[32];
#pragma unroll
		for (int e = 0; e < 32; e++)
			code[e] = block[16 + part / 4 * 32 + e] >> (part % 4 * 2) & 3;
		put_pairs(row + c * 8, code, 0);
		put((u8 *)plane(row, K, 8, 2, c), get2(block + 2 * part), 2);
		if (part == 0)
			put((u8 *)blocks(row, K, 10, 4, c), get2(block + 80) | get2(block + 82) << 16, 4);
	}
};
