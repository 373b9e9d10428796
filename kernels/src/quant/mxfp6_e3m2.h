// MXFP6_E3M2 of OCP MX 1.0: value = E3M2 * 2^(e - 127). A row is [K/32] codes
// of 24 bytes (quant/sixes.h), [K/32] e.
#pragma once
#include "lib/element.h"
#include "quant/sixes.h"

struct mxfp6_e3m2 {
	typedef E3M2 Element;
	static constexpr bool FLOAT = false;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 25;
	Sixes q;
	u32 e;

	static MEMBER u32 used_bytes(int K) { return K / 32 * 25; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q.load<ONCE>(row, K, c);
		e = *plane(row, K, 24, 1, c);
	}
	// eight are elements 8*i to 8*i+7 as halves. Of a half's exponent E3M2 has
	// the low bits, so that its bits are the half 2^-12 times as large.
	MEMBER B16 eight(int i) const {
		const Nibbles a = q.codes(i % 2 * 2), b = q.codes(i % 2 * 2 + 1);
		const u32 c0 = aligned(i < 2 ? a.lo : a.hi), c1 = aligned(i < 2 ? b.lo : b.hi);
		constexpr u32 by = 0x6c006c00; // 2^12
		return B16{mul_halves(high_bytes<0>(c0), by), mul_halves(high_bytes<1>(c0), by), mul_halves(high_bytes<0>(c1), by),
		           mul_halves(high_bytes<1>(c1), by)};
	}
	// aligned moves the codes' signs to the tops of their bytes.
	static MEMBER u32 aligned(u32 codes) { return (codes & 0x1f1f1f1f) | (codes & 0x20202020) << 2; }
	MEMBER float scale() const { return e8m0<0>(e); }
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		Sixes::put(row, K, c, block + 1);
		*(u8 *)plane(row, K, 24, 1, c) = block[0];
	}
};
