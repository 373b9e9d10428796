// F32: rows of 32-bit numbers.
#pragma once
#include "quant/floats.h"

struct f32 {
	static constexpr bool FLOAT = true;
	static constexpr int BLOCK = 1, BLOCK_BYTES = 4;

	// What a cache of keys and values holds.
	typedef float Elem;
	static MEMBER Elem encode(float x) { return x; }

	static MEMBER u32 row_bytes(int K) { return 4 * K; }

	// Eight is what load_eight leaves for floats or halves to decode.
	struct Eight {
		B16 a, b;
	};
	template <bool ONCE = true>
	static MEMBER Eight load_eight(const u8 *row, i64 k) {
		return Eight{fetch16<ONCE>(row + 4 * k), fetch16<ONCE>(row + 4 * k + 16)};
	}
	static MEMBER B16 halves(const Eight &e) { return halves_of<f32>(e); }
	static MEMBER void floats(const Eight &e, float (&v)[8]) {
		const u32 w[8] = {e.a.x, e.a.y, e.a.z, e.a.w, e.b.x, e.b.y, e.b.z, e.b.w};
#pragma unroll
		for (int i = 0; i < 8; i++)
			v[i] = from_bits(w[i]);
	}
};
