// F16: rows of 16-bit numbers.
#pragma once
#include "quant/floats.h"

struct f16 {
	static constexpr bool FLOAT = true;
	static constexpr int BLOCK = 1, BLOCK_BYTES = 2;

	// What a cache of keys and values holds.
	typedef u16 Elem;
	static MEMBER Elem encode(float x) { return (u16)to_half(x); }

	static MEMBER u32 row_bytes(int K) { return 2 * K; }

	// Eight is what load_eight leaves for floats or halves to decode.
	typedef B16 Eight;
	template <bool ONCE = true>
	static MEMBER Eight load_eight(const u8 *row, i64 k) { return fetch16<ONCE>(row + 2 * k); }
	static MEMBER B16 halves(const Eight &e) { return e; }
	static MEMBER void floats(const Eight &b, float (&v)[8]) {
		const u32 w[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
		for (int i = 0; i < 4; i++) {
			v[2 * i] = from_half(w[i]);
			v[2 * i + 1] = from_half(w[i] >> 16);
		}
	}
};
