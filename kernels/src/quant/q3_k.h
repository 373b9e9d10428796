// Q3_K: value = (q - 4) * d*(scale - 32). A row is [K/32] low bits of 8 bytes,
// [K/32] third bits of 4 bytes, [K/32] scales of two halves less 32, [K/256] d.
#pragma once
#include "quant/codes.h"

struct q3_k {
	static constexpr bool FLOAT = false, HALVES = true, OFFSET = true;
	static constexpr int BLOCK = 256, BLOCK_BYTES = 110;
	B8 q;
	u32 h, s, d;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 14 + K / 256 * 2; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = load8(plane(row, K, 0, 8, c));
		h = load4(plane(row, K, 8, 4, c));
		s = load2(plane(row, K, 12, 2, c));
		d = load2(blocks(row, K, 14, 2, c));
	}
	MEMBER u32 lo(int i) const { return (q.x >> (2 * i) & 0x03030303) | (h >> i & 0x01010101) << 2; }
	MEMBER u32 hi(int i) const { return (q.y >> (2 * i) & 0x03030303) | (h >> (i + 4) & 0x01010101) << 2; }
	MEMBER Scales scales() const {
		const float m = from_half(d), a = m * byte_at(s, 0), b = m * byte_at(s, 1);
		return Scales{a, b, -4 * a, -4 * b};
	}
	// scale is number i of sixteen, of six bits each in twelve bytes.
	static MEMBER u32 scale(const u8 *s, int i) {
		const u32 low = i < 8 ? s[i] & 15 : s[i - 8] >> 4, high = s[8 + i % 4] >> (i / 4 * 2) & 3;
		return ((low | high << 4) - 32) & 255;
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int part) {
		u8 code[32];
#pragma unroll
		for (int e = 0; e < 32; e++)
			code[e] = (u8)((block[32 + part / 4 * 32 + e] >> (part % 4 * 2) & 3) | (block[e] >> part & 1) << 2);
		put_pairs(row + c * 8, code, 0);
		put_fifth((u8 *)plane(row, K, 8, 4, c), code, 2);
		put((u8 *)plane(row, K, 12, 2, c), scale(block + 96, 2 * part) | scale(block + 96, 2 * part + 1) << 8, 2);
		if (part == 0)
			put((u8 *)blocks(row, K, 14, 2, c), get2(block + 108), 2);
	}
};
