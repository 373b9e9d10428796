// Q5_0: value = (q - 16) * d. A row is [K/32] nibbles of 16 bytes, [K/32] fifth
// bits of 4 bytes, [K/32] d.
#pragma once
#include "quant/codes.h"

struct q5_0 {
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = true;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 22;
	B16 q;
	u32 h, d;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 22; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		h = load4(plane(row, K, 16, 4, c));
		d = load2(plane(row, K, 20, 2, c));
	}
	MEMBER u32 lo(int i) const { return low_nibbles(word_at(q, i)) | (h >> i & 0x01010101) << 4; }
	MEMBER u32 hi(int i) const { return high_nibbles(word_at(q, i)) | (h >> (i + 4) & 0x01010101) << 4; }
	MEMBER Scales scales() const {
		const float m = from_half(d);
		return Scales{m, m, -16 * m, -16 * m};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		u8 code[32];
		const u32 high = get2(block + 2) | get2(block + 4) << 16;
#pragma unroll
		for (int e = 0; e < 32; e++)
			code[e] = (u8)((block[6 + e % 16] >> (e / 16 * 4) & 15) | (high >> e & 1) << 4);
		put_nibbles(row + c * 16, code);
		put_fifth((u8 *)plane(row, K, 16, 4, c), code, 4);
		put((u8 *)plane(row, K, 20, 2, c), get2(block), 2);
	}
};
