// A cache of keys and values as MXFP6_E2M3: blocks of 32 elements along a head,
// with Quark's scale. 8 tokens and 32 elements lie together, in as many bytes as
// they have bits, so that a lane still loads eight numbers at a time:
//
//	K, V page   [Heads][PageTokens/8][HeadDim/32] groups
//
// An item of a group is 8 elements of a key, (element/8, token), or 8 tokens of
// an element of a value.
#pragma once
#include "lib/kv.h"
#include "quant/mxfp6_e2m3.h"

struct alignas(8) MXFP6Group {
	u32 low[32];  // of each item, four bits of number i at bit 8*(i%4) + 4*(i/4)
	u16 high[32]; // and two more, at bit 8*(i%2) + 2*(i/2%2) + 4*(i/4)
	u8 e[8];      // scales of tokens
};

DEVICE constexpr int low_bit(int i) { return 8 * (i % 4) + 4 * (i / 4); }
DEVICE constexpr int high_bit(int i) { return 8 * (i % 2) + 2 * (i / 2 % 2) + 4 * (i / 4); }

struct MXFP6Item {
	u32 low, high;

	// eighths are four of the numbers without their scale, times 8.
	MEMBER u32 eighths(int half) const {
		const u32 h = high | high << 14, codes = low >> (4 * half) & 0x0f0f0f0f;
		return mxfp6_e2m3::eighths(codes | (h >> (4 * half) & 0x03030303) << 4);
	}
};

// two are two of a word's signed bytes as halves, times by.
template <int PAIR>
DEVICE u32 scaled_two(u32 bytes, u32 by) {
	return mul_halves(sub_halves(with_byte<PAIR>(bytes ^ 0x80808080), 0x64806480), by);
}

// A Key is 8 elements of a key.
struct MXFP6Key {
	MXFP6Item item;
	u32 e;

	MEMBER void floats(float (&v)[8]) const {
		const float by = e8m0<-3>(e);
#pragma unroll
		for (int i = 0; i < 8; i++)
			v[i] = byte_at(item.eighths(i / 4), i % 4) * by;
	}
	MEMBER B16 halves() const {
		const float by = e8m0<-3>(e);
		const u32 m = pack_halves(by, by), a = item.eighths(0), b = item.eighths(1);
		return B16{scaled_two<0>(a, m), scaled_two<1>(a, m), scaled_two<0>(b, m), scaled_two<1>(b, m)};
	}
};

// A Value is an element of 8 tokens' values.
struct MXFP6Value {
	MXFP6Item item;
	B8 e;

	MEMBER float scale(int i) const { return e8m0<-3>((i < 4 ? e.x : e.y) >> (8 * (i % 4)) & 255); }
	MEMBER void floats(float (&v)[8]) const {
#pragma unroll
		for (int i = 0; i < 8; i++)
			v[i] = byte_at(item.eighths(i / 4), i % 4) * scale(i);
	}
	MEMBER B16 halves() const {
		const u32 a = item.eighths(0), b = item.eighths(1);
		return B16{scaled_two<0>(a, pack_halves(scale(0), scale(1))), scaled_two<1>(a, pack_halves(scale(2), scale(3))),
		           scaled_two<0>(b, pack_halves(scale(4), scale(5))), scaled_two<1>(b, pack_halves(scale(6), scale(7)))};
	}
};

template <>
struct KVFormat<mxfp6_e2m3> {
	typedef MXFP6Key Key;
	typedef MXFP6Value Value;

	// group is that of a position; what it holds of a head's other elements
	// follows.
	template <class At>
	static MEMBER const MXFP6Group *group(const u8 *p, const At &at, i32 pos) {
		return (const MXFP6Group *)p + at.value(pos) / 256;
	}
	template <bool ONCE, class At>
	static MEMBER Key load_key(const u8 *K, const At &at, i32 pos, int octet, i32) {
		const MXFP6Group *g = group(K, at, pos) + octet / 4;
		const int i = octet % 4 * 8 + pos % 8;
		return Key{{g->low[i], g->high[i]}, g->e[pos % 8]};
	}
	template <bool ONCE, class At>
	static MEMBER Value load_value(const u8 *V, const At &at, i32 pos, int d) {
		const MXFP6Group *g = group(V, at, pos) + d / 32;
		return Value{{g->low[d % 32], g->high[d % 32]}, load8(g->e)};
	}
	static MEMBER void floats(const Key &k, float (&v)[8]) { k.floats(v); }
	static MEMBER void floats(const Value &k, float (&v)[8]) { k.floats(v); }
	static MEMBER B16 halves(const Key &k) { return k.halves(); }
	static MEMBER B16 halves(const Value &v) { return v.halves(); }
};

// An MXFP6Two is two neighbouring elements of a block, rounded. The lanes of a
// group of 16 have those of one block.
struct MXFP6Two {
	u32 e, code[2];

	MEMBER MXFP6Two(float a, float b) {
		const BlockScale<E2M3> scale(largest_of<16>(larger_size(a, b)));
		e = scale.e;
		code[0] = encode_unsigned_zero<E2M3>(a * scale.inverse());
		code[1] = encode_unsigned_zero<E2M3>(b * scale.inverse());
	}
};

// quantize_key_to_mxfp6 writes elements d and d+1 of a key. Four lanes have the
// bits of an item.
template <int HEAD_DIM>
DEVICE void quantize_key_to_mxfp6(u8 *K, const KVPages<HEAD_DIM> &pages, i32 pos, int d, float a, float b) {
	const MXFP6Two two(a, b);
	u32 low = 0, high = 0;
#pragma unroll
	for (int j = 0; j < 2; j++) {
		low |= (two.code[j] & 15) << low_bit(d % 8 + j);
		high |= two.code[j] >> 4 << high_bit(d % 8 + j);
	}
#pragma unroll
	for (int i = 1; i < 4; i *= 2) {
		low |= (u32)__shfl_xor((i32)low, i, 32);
		high |= (u32)__shfl_xor((i32)high, i, 32);
	}
	MXFP6Group *g = (MXFP6Group *)K + pages.value(pos) / 256 + d / 32;
	if (d % 8 == 0) {
		g->low[d % 32 + pos % 8] = low;
		g->high[d % 32 + pos % 8] = (u16)high;
	}
	if (d % 32 == 0)
		g->e[pos % 8] = (u8)two.e;
}

// put_bits replaces the bits of a mask in a word; others may be replacing others.
DEVICE void put_bits(u32 *word, u32 mask, u32 bits) {
	atomicAnd(word, ~mask);
	atomicOr(word, bits);
}

// quantize_value_to_mxfp6 writes elements d and d+1, an even number, of a value.
// Other tokens of the group may be on their way there, too.
template <int HEAD_DIM>
DEVICE void quantize_value_to_mxfp6(u8 *V, const KVPages<HEAD_DIM> &pages, i32 pos, int d, float a, float b) {
	const MXFP6Two two(a, b);
	MXFP6Group *g = (MXFP6Group *)V + pages.value(pos) / 256 + d / 32;
	const int l = low_bit(pos % 8), h = high_bit(pos % 8);
	put_bits(&g->low[d % 32], 15u << l, (two.code[0] & 15) << l);
	put_bits(&g->low[d % 32 + 1], 15u << l, (two.code[1] & 15) << l);
	put_bits((u32 *)g->high + d % 32 / 2, 0x00030003u << h, (two.code[0] >> 4 | two.code[1] >> 4 << 16) << h);
	if (d % 32 == 0)
		g->e[pos % 8] = (u8)two.e;
}
