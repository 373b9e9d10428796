// IQ4_NL: value = table[q] * d. A row is [K/32] nibbles of 16 bytes, [K/32] d.
#pragma once
#include "quant/codes.h"

struct iq4_nl {
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = false;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 18;
	B16 q;
	u32 d;

	// values are -127 -104 -83 -65 -49 -35 -22 -10 1 13 25 38 53 69 89 113.
	static MEMBER Nibbles values(u32 q) {
		const u32 table[4] = {0xbfad9881, 0xf6eaddcf, 0x26190d01, 0x71594535};
		return lookup_nibbles(q, table);
	}
	static MEMBER u32 used_bytes(int K) { return K / 32 * 18; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		d = load2(plane(row, K, 16, 2, c));
	}
	MEMBER u32 lo(int i) const { return values(word_at(q, i)).lo; }
	MEMBER u32 hi(int i) const { return values(word_at(q, i)).hi; }
	MEMBER Scales scales() const {
		const float m = from_half(d);
		return Scales{m, m, 0, 0};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		for (int i = 0; i < 16; i++)
			row[c * 16 + i] = block[2 + i];
		put((u8 *)plane(row, K, 16, 2, c), get2(block), 2);
	}
};
