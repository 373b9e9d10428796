// GEMM of small floats with the scales of their blocks, weights and activations
// as they lie in memory: a group of four waves does a tile of BT tokens and BM
// rows of W, a wave a quarter of it. Nothing is unpacked; what waves have in
// common comes from the first-level cache.
#include "fmt_w.h"
#include "fmt_x.h"
#include "lib/gemv.h"
#include "lib/scaled.h"

extern "C" __global__ __launch_bounds__(256, 2) void KERNEL(float *Y, const u8 *X, const u8 *W, const float *Bias,
                                                         const float *Residual, i32 Tokens, i32 M, i32 UNUSED_K, i32 YStride,
                                                         u32 Type, i32 Form, u8 Layout) {
	constexpr int TX = BT / 32, TW = BM / 32;
	const i32 t0 = blockIdx.x * BT + wave() / 2 * (BT / 2), m0 = blockIdx.y * BM + wave() % 2 * (BM / 2);
	ScaledTile<fmt_x, fmt_w, TX, TW, K> tile;
#pragma unroll
	for (int i = 0; i < TX; i++)
		tile.x[i].row = X + (i64)least(t0 + 16 * i + lane() % 16, Tokens - 1) * fmt_x::row_bytes(K);
#pragma unroll
	for (int j = 0; j < TW; j++)
		tile.w[j].row = W + (i64)least(m0 + 16 * j + lane() % 16, M - 1) * fmt_w::row_bytes(K);
#pragma unroll 1
	for (int s = 0; s < K / 512; s++)
		tile.slab(s);
	if (K % 512 != 0)
		tile.rest();
#pragma unroll
	for (int i = 0; i < TX; i++)
#pragma unroll
		for (int j = 0; j < TW; j++)
#pragma unroll
			for (int e = 0; e < ACC; e++) {
				const i32 t = t0 + 16 * i + acc_row(e), m = m0 + 16 * j + acc_col(e);
				const i64 at = (i64)t * YStride + m;
				if (t >= Tokens || m >= M)
					continue;
				const float by = row_scale<fmt_x>(X + (i64)t * fmt_x::row_bytes(K), K) * row_scale<fmt_w>(W + (i64)m * fmt_w::row_bytes(K), K);
				Y[at] = with_terms(tile.acc[i][j][e] * by, Bias, m, Residual, at);
			}
}
