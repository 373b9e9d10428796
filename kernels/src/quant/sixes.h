// The 32 codes of six bits of a block, 24 bytes: a stream of bits in which code
// e stands in front of code e+16, as nibbles do in ggml's bytes. A row has the
// first 16 bytes of all its blocks, then their last 8.
#pragma once
#include "quant/codes.h"

struct Sixes {
	B16 a;
	B8 b;

	template <bool ONCE>
	MEMBER void load(const u8 *row, int K, int c) {
		a = fetch16<ONCE>(plane(row, K, 0, 16, c));
		b = load8(plane(row, K, 16, 8, c));
	}
	// codes are those of elements 4*i to 4*i+3 and 16 further, in bytes.
	MEMBER Nibbles codes(int i) const {
		const u32 w0 = i < 2 ? a.x : a.w, w1 = i < 2 ? a.y : b.x, w2 = i < 2 ? a.z : b.y;
		const u32 first = pairs(i % 2 == 0 ? w0 : w1 >> 16 | w2 << 16), second = pairs(i % 2 == 0 ? w0 >> 24 | w1 << 8 : w2 >> 8);
		return Nibbles{even_bytes(first, second) & 0x3f3f3f3f, even_bytes(first >> 6, second >> 6) & 0x3f3f3f3f};
	}
	// pairs moves the second 12 of a word's low 24 bits to bit 16.
	static MEMBER u32 pairs(u32 w) { return (w & 0x00000fff) | (w << 4 & 0x0fff0000); }

	// put takes a file's block, in which codes lie in the order of elements.
	static MEMBER void put(u8 *row, int K, int c, const u8 *stream) {
		u8 *a = row + c * 16, *b = (u8 *)plane(row, K, 16, 8, c);
#pragma unroll
		for (int e = 0; e < 16; e += 2) {
			const u32 w = code(stream, e) | code(stream, e + 16) << 6 | code(stream, e + 1) << 12 | code(stream, e + 17) << 18;
			const int at = e / 2 * 3;
#pragma unroll
			for (int i = 0; i < 3; i++)
				(at + i < 16 ? a[at + i] : b[at + i - 16]) = (u8)(w >> (8 * i));
		}
	}
	static MEMBER u32 code(const u8 *stream, int e) {
		const u8 *p = stream + e / 4 * 3;
		return (p[0] | (u32)p[1] << 8 | (u32)p[2] << 16) >> (e % 4 * 6) & 63;
	}
};

// e8m0 is a block's scale, 2^(e-127), times 2^SHIFT <= 1, as a number: below the
// least normal one it is subnormal, and 255 is a NaN.
template <int SHIFT>
DEVICE float e8m0(u32 e) {
	static_assert(SHIFT <= 0 && SHIFT > -22, "subnormal bits go down to 2^-149");
	if (e == 255)
		return not_a_number();
	return from_bits((i32)e > -SHIFT ? (e + SHIFT) << 23 : 0x00400000u >> -SHIFT << e);
}
