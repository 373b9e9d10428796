// F32: rows of 32-bit numbers.
#pragma once

struct f32 {
	static constexpr bool FLOAT = true;
	static constexpr int BLOCK = 1, BLOCK_BYTES = 4;

	// What a cache of keys and values holds.
	typedef float Elem;
	static MEMBER Elem encode(float x) { return x; }

	static MEMBER u32 row_bytes(int K) { return 4 * K; }
	// load8 reads elements k to k+7; k is a multiple of 8.
	static MEMBER void load8(const u8 *row, i64 k, float (&v)[8]) {
		const B16 a = stream16(row + 4 * k), b = stream16(row + 4 * k + 16);
		const u32 w[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
#pragma unroll
		for (int i = 0; i < 8; i++)
			v[i] = from_bits(w[i]);
	}
};
