// Activations in MX formats, as weights of these formats lie in planes.
#pragma once
#include "quant/mxfp4.h"
#include "quant/mxfp6_e2m3.h"
#include "quant/mxfp6_e3m2.h"

// put_mx_codes writes four neighbouring codes of a lane, of which eight have a
// block; part is which four, and STRIDE lanes are between those of two parts.
// Codes of element e and e+16 lie side by side: the lower lanes write for both.
template <int STRIDE>
DEVICE void put_mx_codes(u8 *row, i32 dim, i32 block, int part, u32 codes, mxfp4) {
	const u32 other = (u32)__shfl_xor((i32)codes, 4 * STRIDE, 32);
	if (part < 4)
		*(u32 *)(row + 16 * block + 4 * part) = codes | other << 4;
}

template <int STRIDE>
DEVICE void put_mx_codes(u8 *row, i32 dim, i32 block, int part, u32 codes, Sixes) {
	const u32 other = (u32)__shfl_xor((i32)codes, 4 * STRIDE, 32);
	if (part >= 4)
		return;
	u64 bits = 0;
#pragma unroll
	for (int i = 0; i < 4; i++)
		bits |= (u64)((codes >> (8 * i) & 63) | (other >> (8 * i) & 63) << 6) << (12 * i);
#pragma unroll
	for (int i = 0; i < 3; i++) {
		const int at = 6 * part + 2 * i;
		u8 *to = at < 16 ? row + 16 * block + at : row + dim / 2 + 8 * block + at - 16;
		*(u16 *)to = (u16)(bits >> (16 * i));
	}
}

// store_mx rounds four neighbouring elements of a lane. Eight lanes, STRIDE apart,
// have a block; writes says that this lane is one of them.
template <class F, class Packing, int BITS, int STRIDE>
DEVICE void store_mx(u8 *rows, i32 dim, i32 row, i32 k, const float (&x)[4], bool writes) {
	typedef typename F::Element E;
	u32 size = 0;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		const u32 bits = __float_as_uint(x[i]) & 0x7fffffff;
		size = bits > size ? bits : size;
	}
#pragma unroll
	for (int i = STRIDE; i < 8 * STRIDE; i *= 2) {
		const u32 other = (u32)__shfl_xor((i32)size, i, 32);
		size = other > size ? other : size;
	}
	const BlockScale<E> scale(from_bits(size));
	u32 codes = 0;
#pragma unroll
	for (int i = 0; i < 4; i++)
		codes |= encode_unsigned_zero<E>(x[i] * scale.inverse()) << (8 * i);
	const i32 block = k / 32;
	const int part = writes ? k / 4 % 8 : 8;
	u8 *to = rows + (i64)row * F::row_bytes(dim);
	put_mx_codes<STRIDE>(to, dim, block, part, codes, Packing());
	if (part == 0)
		to[dim / 8 * BITS + block] = (u8)scale.e;
}
