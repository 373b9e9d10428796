// Formats of small numbers. A weight in device memory is rows; a row is planes,
// one behind the other: the same part of all its blocks side by side, so that
// neighbouring lanes load neighbouring bytes. The unit is a chunk of 32
// elements. Whatever the format, its chunk gives eight words of four codes
// (signed bytes) each: lo(0) to lo(3) are elements 0 to 15, hi(0) to hi(3) are
// 16 to 31. An element's value is code * mul + add, with factors of the first
// 16 and of the second 16 elements.
//
// Low four bits lie as in ggml's blocks: byte j of 16 has elements j and j+16.
// A fifth bit lies at bit 8*(e%4) + e/4 of a word, two more bits of element e at
// bits 8*(e%4) + 2*(e%16/4) of word e/16, so that a shift and a mask give a word.
#pragma once

// fetch16 and fetch8 load what is read once, or again by and by.
template <bool ONCE>
DEVICE B16 fetch16(const u8 *p) {
	return ONCE ? stream16(p) : load16(p);
}

template <bool ONCE>
DEVICE B8 fetch8(const u8 *p) {
	return ONCE ? stream8(p) : load8(p);
}

struct Scales {
	float mul0, mul1, add0, add1;
};

DEVICE u32 low_nibbles(u32 q) { return q & 0x0f0f0f0f; }
DEVICE u32 high_nibbles(u32 q) { return q >> 4 & 0x0f0f0f0f; }

// plane is where chunk c of a plane lies; before is how many bytes the planes
// before it have for each chunk, bytes how many it has itself.
DEVICE const u8 *plane(const u8 *row, int K, int before, int bytes, int c) {
	return row + K / 32 * before + c * bytes;
}

// blocks is where the plane with 'bytes' for each 256 elements begins, behind
// those that have 'before' for each 32.
DEVICE const u8 *blocks(const u8 *row, int K, int before, int bytes, int c) {
	return row + K / 32 * before + c / 8 * bytes;
}

// rounded_row rounds a row's bytes up to what B16 wants.
DEVICE u32 rounded_row(u32 bytes) { return (bytes + 15) / 16 * 16; }

DEVICE u32 word_at(const B16 &b, int i) { return i == 0 ? b.x : i == 1 ? b.y : i == 2 ? b.z : b.w; }

// row_scale is what a row's products are to be multiplied by.
template <class F>
DEVICE float row_scale(const u8 *row, int K) {
	if constexpr (requires { F::row_scale(row, K); })
		return F::row_scale(row, K);
	return 1;
}

// put_row_scale writes it, in formats that have one.
template <class F>
DEVICE void put_row_scale(u8 *row, int K, float scale) {
	if constexpr (requires { F::put_row_scale(row, K, scale); })
		F::put_row_scale(row, K, scale);
}

// The packers below write chunk c's codes, 32 small unsigned numbers, to a row.

DEVICE void put(u8 *p, u32 x, int bytes) {
	for (int i = 0; i < bytes; i++)
		p[i] = (u8)(x >> (8 * i));
}

DEVICE void put_nibbles(u8 *p, const u8 (&code)[32]) {
#pragma unroll
	for (int i = 0; i < 16; i++)
		p[i] = (u8)((code[i] & 15) | code[i + 16] << 4);
}

// put_fifth writes bit 'bit' of the codes.
DEVICE void put_fifth(u8 *p, const u8 (&code)[32], int bit) {
	u32 w = 0;
#pragma unroll
	for (int e = 0; e < 32; e++)
		w |= (u32)(code[e] >> bit & 1) << (8 * (e % 4) + e / 4);
	put(p, w, 4);
}

// put_pairs writes bits 'bit' and 'bit'+1 of the codes.
DEVICE void put_pairs(u8 *p, const u8 (&code)[32], int bit) {
	u32 w[2] = {0, 0};
#pragma unroll
	for (int e = 0; e < 32; e++)
		w[e / 16] |= (u32)(code[e] >> bit & 3) << (8 * (e % 4) + 2 * (e % 16 / 4));
	put(p, w[0], 4);
	put(p + 4, w[1], 4);
}

DEVICE u32 get2(const u8 *p) { return p[0] | (u32)p[1] << 8; }

// scale6 and min6 are block c's of the twelve bytes in which Q4_K and Q5_K pack
// eight scales and eight minima of six bits.
DEVICE u32 scale6(const u8 *s, int c) {
	return c < 4 ? s[c] & 63 : (s[c + 4] & 15) | s[c - 4] >> 6 << 4;
}

DEVICE u32 min6(const u8 *s, int c) {
	return c < 4 ? s[c + 4] & 63 : s[c + 4] >> 4 | s[c] >> 6 << 4;
}
