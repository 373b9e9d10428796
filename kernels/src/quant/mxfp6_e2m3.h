// MXFP6_E2M3 of OCP MX 1.0: value = E2M3 * 2^(e - 127). A row is [K/32] codes
// of 24 bytes (quant/sixes.h), [K/32] e.
#pragma once
#include "lib/element.h"
#include "quant/sixes.h"

struct mxfp6_e2m3 {
	typedef E2M3 Element;
	static constexpr bool FLOAT = false, HALVES = false, OFFSET = false;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 25;
	Sixes q;
	u32 e;

	// eighths are the codes' values as multiples of 1/8, signed bytes. Below 16 a
	// code without its sign is that multiple; a step between codes is 2 of them
	// from 16 on and 4 from 24 on.
	static MEMBER u32 eighths(u32 codes) {
		const u32 m = codes & 0x1f1f1f1f, above16 = m >> 4 & 0x01010101;
		const u32 over16 = m & ((above16 << 4) - above16), above24 = over16 >> 3 & 0x01010101;
		const u32 over24 = over16 & ((above24 << 3) - above24);
		// The sign, by bytes: no carry goes from one to the next.
		const u32 s = codes >> 5 & 0x01010101, top = s << 7;
		return ((m + over16 + 2 * over24) ^ (top - s)) + s ^ top;
	}
	static MEMBER u32 used_bytes(int K) { return K / 32 * 25; }
	static MEMBER u32 row_bytes(int K) { return rounded_row(used_bytes(K)); }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int K, int c) {
		q.load<ONCE>(row, K, c);
		e = *plane(row, K, 24, 1, c);
	}
	MEMBER u32 lo(int i) const { return eighths(q.codes(i).lo); }
	MEMBER u32 hi(int i) const { return eighths(q.codes(i).hi); }
	MEMBER Scales scales() const {
		const float m = e8m0<-3>(e);
		return Scales{m, m, 0, 0};
	}
	static MEMBER void repack(u8 *row, int K, int c, const u8 *block, int) {
		Sixes::put(row, K, c, block + 1);
		*(u8 *)plane(row, K, 24, 1, c) = block[0];
	}
};
