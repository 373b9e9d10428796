// GEMV with 8-bit activations: a wave does ROWS rows of W for one token, its
// lanes take chunks of 32 elements in turn. W is read once, 16 bytes a lane.
#include "fmt_w.h"
#include "lib/q8.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(float *Y, const i8 *X, const u8 *W, const float *Bias,
                                                             const float *Residual, i32 Tokens, i32 M, i32 UNUSED_K,
                                                             i32 YStride, u32 Type, i32 Form, u8 Layout) {
	constexpr int CHUNKS = K / 32;
	const i32 token = blockIdx.y, row0 = (blockIdx.x * (THREADS / WAVE) + wave()) * ROWS;
	if (row0 >= M)
		return;
	const i8 *codes = X + (i64)token * K;
	const Q8Meta *meta = (const Q8Meta *)(X + (i64)Tokens * K) + (i64)token * CHUNKS;
	const u8 *row[ROWS];
#pragma unroll
	for (int r = 0; r < ROWS; r++)
		row[r] = W + (i64)least(row0 + r, M - 1) * fmt_w::row_bytes(K);

	float sum[ROWS] = {};
#pragma unroll UNROLL
	for (int c = lane(); c < CHUNKS; c += WAVE) {
		fmt_w w[ROWS];
#pragma unroll
		for (int r = 0; r < ROWS; r++)
			w[r].load(row[r], K, c);
		const Q8Block x = load_q8(codes, meta, c);
#pragma unroll
		for (int r = 0; r < ROWS; r++)
			sum[r] += dot_q8(w[r], x);
	}
#pragma unroll
	for (int r = 0; r < ROWS; r++) {
		const float total = wave_sum(sum[r]);
		const i32 m = row0 + r;
		const i64 at = (i64)token * YStride + m;
		if (lane() == 0 && m < M)
			Y[at] = total + (Bias ? Bias[m] : 0) + (Residual ? Residual[at] : 0);
	}
}
