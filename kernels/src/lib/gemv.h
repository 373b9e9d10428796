// What products of rows of weights and one token's activations share.
#pragma once
#include "lib/q8.h"

struct Q8Row {
	const i8 *codes;
	const Q8Meta *meta;
};

// q8_row is a token's of activations [tokens, ELEMS].
template <int ELEMS>
DEVICE Q8Row q8_row(const i8 *x, i32 tokens, i32 token) {
	const Q8Meta *meta = (const Q8Meta *)(x + (i64)tokens * ELEMS);
	return Q8Row{x + (i64)token * ELEMS, meta + (i64)token * (ELEMS / 32)};
}

// dot_rows multiplies ROWS rows of ELEMS weights of format F with x. The lanes of
// a wave take chunks of 32 elements in turn, 16 bytes or more of each row; each
// row's sum is in all lanes then.
template <class F, int ELEMS, int ROWS, int UNROLLED>
DEVICE void dot_rows(const u8 *const (&row)[ROWS], const Q8Row &x, float (&sum)[ROWS]) {
#pragma unroll
	for (int r = 0; r < ROWS; r++)
		sum[r] = 0;
#pragma unroll UNROLLED
	for (int c = lane(); c < ELEMS / 32; c += WAVE) {
		F w[ROWS];
#pragma unroll
		for (int r = 0; r < ROWS; r++)
			w[r].load(row[r], ELEMS, c);
		const Q8Block b = load_q8(x.codes, x.meta, c);
#pragma unroll
		for (int r = 0; r < ROWS; r++)
			sum[r] += dot_q8(w[r], b);
	}
#pragma unroll
	for (int r = 0; r < ROWS; r++)
		sum[r] = wave_sum(sum[r]);
}

// with_terms adds what a linear layer adds to a product: element m of a bias and
// what stands at a place of a residual, if there are any.
DEVICE float with_terms(float sum, const float *bias, i32 m, const float *residual, i64 at) {
	return sum + (bias ? bias[m] : 0) + (residual ? residual[at] : 0);
}
