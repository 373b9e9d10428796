// IQ4_XS: value = table[q] * d*(scale - 32), with IQ4_NL's table. A row is [K/32]
// nibbles of 16 bytes, [K/256] d, [K/32] scales less 32 of a byte.
#pragma once
#include "quant/codes.h"
#include "quant/iq4_nl.h"

struct iq4_xs {
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = false;
	static constexpr int BLOCK = 256, BLOCK_BYTES = 136;
	B16 q;
	u32 s, d;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 17 + K / 256 * 2; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	static MEMBER const u8 *scale_at(const u8 *row, int K, int c) { return row + K / 32 * 16 + K / 256 * 2 + c; }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		d = load2(blocks(row, K, 16, 2, c));
		s = *scale_at(row, K, c);
	}
	MEMBER u32 lo(int i) const { return iq4_nl::values(word_at(q, i)).lo; }
	MEMBER u32 hi(int i) const { return iq4_nl::values(word_at(q, i)).hi; }
	MEMBER Scales scales() const {
		const float m = from_half(d) * byte_at(s, 0);
		return Scales{m, m, 0, 0};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int part) {
		for (int i = 0; i < 16; i++)
			row[c * 16 + i] = block[8 + part * 16 + i];
		const u32 low = block[4 + part / 2] >> (part % 2 * 4) & 15, high = get2(block + 2) >> (2 * part) & 3;
		*(u8 *)scale_at(row, K, c) = (u8)((low | high << 4) - 32);
		if (part == 0)
			put((u8 *)blocks(row, K, 16, 2, c), get2(block), 2);
	}
};
