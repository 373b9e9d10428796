// FP8_E4M3: value = E4M3 * the row's scale. A row is its elements, then the scale
// as a float in 16 bytes. (NaN codes count as 480: files have none.)
#pragma once
#include "lib/element.h"
#include "quant/codes.h"

struct fp8_e4m3 {
	typedef E4M3 Element;
	static constexpr bool FLOAT = false;
	static constexpr int BLOCK = 32, BLOCK_BYTES = 32; // what repack moves at a time
	B16 a, b;

	static MEMBER u32 used_bytes(int K) { return K + 4; }
	static MEMBER u32 row_bytes(int K) { return K + 16; }
	template <bool ONCE = true>
	MEMBER void load(const u8 *row, int, int c) {
		a = fetch16<ONCE>(row + 32 * c);
		b = fetch16<ONCE>(row + 32 * c + 16);
	}
	// eight are elements 8*i to 8*i+7 as halves.
	MEMBER B16 eight(int i) const {
		const B16 &w = i < 2 ? a : b;
		return halves(i % 2 == 0 ? B8{w.x, w.y} : B8{w.z, w.w});
	}
	static MEMBER B16 halves(const B8 &w) { return B16{two<0>(w.x), two<1>(w.x), two<0>(w.y), two<1>(w.y)}; }
	// two makes halves of two bytes. Of a half's exponent E4M3 has the low bits,
	// so that its bits are the half 2^-8 times as large.
	template <int PAIR>
	static MEMBER u32 two(u32 bytes) {
		const u32 w = high_bytes<PAIR>(bytes);
		return mul_halves((w & 0x80008000) | (w & 0x7f007f00) >> 1, 0x5c005c00);
	}

	// What a cache of keys and values holds.
	typedef u8 Elem;
	static MEMBER Elem encode(float x) { return (u8)::encode<E4M3>(x); }
	typedef B8 Eight;
	template <bool ONCE = true>
	static MEMBER Eight load_eight(const u8 *p, i64 k) { return fetch8<ONCE>(p + k); }
	static MEMBER void floats(const Eight &w, float (&v)[8]) {
		const B16 h = halves(w);
#pragma unroll
		for (int i = 0; i < 8; i++)
			v[i] = from_half(word_at(h, i / 2) >> (16 * (i % 2)));
	}

	static MEMBER float row_scale(const u8 *row, int K) { return *(const float *)(row + K); }
	static MEMBER void put_row_scale(u8 *row, int K, float scale) { *(float *)(row + K) = scale; }
	static MEMBER void repack(u8 *row, int, int c, const u8 *block, int) {
#pragma unroll
		for (int i = 0; i < 32; i++)
			row[32 * c + i] = block[i];
	}
};
