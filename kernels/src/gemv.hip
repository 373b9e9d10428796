// GEMV with 8-bit activations: a wave does ROWS rows of W for one token. W is
// read once, 16 bytes a lane.
#include "fmt_w.h"
#include "lib/gemv.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(float *Y, const i8 *X, const u8 *W, const float *Bias,
                                                             const float *Residual, i32 Tokens, i32 M, i32 UNUSED_K,
                                                             i32 YStride, u32 Type, i32 Form, u8 Layout) {
	const i32 token = blockIdx.y, row0 = (blockIdx.x * (THREADS / WAVE) + wave()) * ROWS;
	if (row0 >= M)
		return;
	const u8 *row[ROWS];
#pragma unroll
	for (int r = 0; r < ROWS; r++)
		row[r] = W + (i64)least(row0 + r, M - 1) * fmt_w::row_bytes(K);
	float sum[ROWS];
	dot_rows<fmt_w, K, ROWS, UNROLL>(row, q8_row<K>(X, Tokens, token), sum);
#pragma unroll
	for (int r = 0; r < ROWS; r++) {
		const i32 m = row0 + r;
		const i64 at = (i64)token * YStride + m;
		if (lane() == 0 && m < M)
			Y[at] = with_terms(sum[r], Bias, m, Residual, at);
	}
}
