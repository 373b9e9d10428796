// MXFP4 of OCP MX 1.0: value = E2M1 * 2^(e - 127). A row is [K/32] nibbles of 16
// bytes, [K/32] e.
#pragma once
#include "lib/element.h"
#include "quant/codes.h"

struct mxfp4 {
	typedef E2M1 Element;
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = false;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 17;
	B16 q;
	u32 e;

	// values are twice those of E2M1: 0 1 2 3 4 6 8 12 and the negative ones.
	static MEMBER Nibbles values(u32 q) {
		const u32 table[4] = {0x03020100, 0x0c080604, 0xfdfeff00, 0xf4f8fafc};
		return lookup_nibbles(q, table);
	}
	static MEMBER u32 used_bytes(int K) { return K / 32 * 17; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q = fetch16<ONCE>(plane(row, K, 0, 16, c));
		e = *plane(row, K, 16, 1, c);
	}
	MEMBER u32 lo(int i) const { return values(word_at(q, i)).lo; }
	MEMBER u32 hi(int i) const { return values(word_at(q, i)).hi; }
	MEMBER Scales scales() const {
		// 2^(e-128), as values are doubled; below 2 it is subnormal.
		const float m = from_bits(e < 2 ? 0x00200000u << e : (e - 1) << 23);
		return Scales{m, m, 0, 0};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		for (int i = 0; i < 16; i++)
			row[c * 16 + i] = block[1 + i];
		*(u8 *)plane(row, K, 16, 1, c) = block[0];
	}
};
