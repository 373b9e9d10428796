// Activations of 8 bits in blocks of 32. Those of a batch are the codes
// [Tokens][K], then for each block [Tokens][K/32] its scale and the sums of the
// codes of either half.
#pragma once
#include "quant/codes.h"

struct alignas(8) Q8Meta {
	float scale;
	i16 sum0, sum1;
};

struct Q8Block {
	B16 lo, hi;
	Q8Meta meta;
};

DEVICE Q8Block load_q8(const i8 *codes, const Q8Meta *meta, int block) {
	Q8Block x;
	x.lo = load16(codes + 32 * block);
	x.hi = load16(codes + 32 * block + 16);
	x.meta = meta[block];
	return x;
}

// dot_q8 is the product of a chunk of weights and a block of activations.
template <class F>
DEVICE float dot_q8(const F &w, const Q8Block &x) {
	i32 lo = 0, hi = 0;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		lo = dot4(w.lo(i), word_at(x.lo, i), lo);
		hi = dot4(w.hi(i), word_at(x.hi, i), hi);
	}
	const Scales s = w.scales();
	float sum = F::HALVES ? s.mul0 * (float)lo + s.mul1 * (float)hi : s.mul0 * (float)(lo + hi);
	if (F::OFFSET)
		sum += F::HALVES ? s.add0 * (float)x.meta.sum0 + s.add1 * (float)x.meta.sum1
		                 : s.add0 * (float)(x.meta.sum0 + x.meta.sum1);
	return sum * x.meta.scale;
}

// A block of activations is quantized by steps of its largest size over 127. A
// block whose step would be subnormal counts as zeros, as on the CPU; one with a
// NaN or an infinity has such a scale, so that its products are NaNs.
struct Q8Step {
	float scale, by;
	MEMBER Q8Step(float size) : scale(size < 0x1p-100f ? 0 : size / 127), by(size >= 0x1p-100f ? 127 / size : 0) {}
	MEMBER i32 code(float x) const { return by > 0 ? (i32)rintf(x * by) : 0; }
	MEMBER Q8Meta meta(i32 sum0, i32 sum1) const { return Q8Meta{scale, (i16)sum0, (i16)sum1}; }
};

// quantize_q8 quantizes 32 neighbouring numbers, one in each lane of a group of
// 32 lanes, and stores them.
DEVICE void quantize_q8(float x, i8 *codes, Q8Meta *meta, int element) {
	const Q8Step step(largest_of<32>(x));
	const i32 code = step.code(x);
	i32 sum = code;
#pragma unroll
	for (int i = 8; i > 0; i /= 2)
		sum += __shfl_xor(sum, i, 32);
	const i32 other = __shfl_xor(sum, 16, 32);
	codes[element] = (i8)code;
	if (element % 32 == 0)
		meta[element / 32] = step.meta(sum, other);
}

// This one has four of them in each lane of a group of 8.
DEVICE void quantize_q8(const float (&x)[4], i8 *codes, Q8Meta *meta, int element) {
	const Q8Step step(largest_of<8>(larger_size(larger_size(x[0], x[1]), larger_size(x[2], x[3]))));
	i32 sum = 0;
	u32 word = 0;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		const i32 code = step.code(x[i]);
		sum += code;
		word |= ((u32)code & 255) << (8 * i);
	}
	sum += __shfl_xor(sum, 1, 32);
	sum += __shfl_xor(sum, 2, 32);
	const i32 other = __shfl_xor(sum, 4, 32);
	*(u32 *)(codes + element) = word;
	if (element % 32 == 0)
		meta[element / 32] = step.meta(sum, other);
}
