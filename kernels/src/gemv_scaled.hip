// gemm_scaled for few tokens: a group does 16 rows of W for up to 16 tokens. Its
// waves take slabs of K in turn, and their sums are added up in LDS.
#include "fmt_w.h"
#include "fmt_x.h"
#include "lib/gemv.h"
#include "lib/scaled.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(float *Y, const u8 *X, const u8 *W, const float *Bias,
                                                             const float *Residual, i32 Tokens, i32 M, i32 UNUSED_K, i32 YStride,
                                                             u32 Type, i32 Form, u8 Layout) {
	constexpr int WAVES = THREADS / WAVE, SLABS = K / 512;
	__shared__ float sums[WAVES][256];
	const i32 m0 = blockIdx.x * 16, t0 = blockIdx.y * 16;
	ScaledTile<fmt_x, fmt_w, 1, 1, K> tile;
	tile.x[0].row = X + (i64)least(t0 + lane() % 16, Tokens - 1) * fmt_x::row_bytes(K);
	tile.w[0].row = W + (i64)least(m0 + lane() % 16, M - 1) * fmt_w::row_bytes(K);
#pragma unroll 2
	for (int s = 0; s < SLABS / WAVES; s++)
		tile.slab(s * WAVES + wave());
	if (wave() < SLABS % WAVES)
		tile.slab(SLABS / WAVES * WAVES + wave());
	if (K % 512 != 0 && wave() == WAVES - 1)
		tile.rest();
#pragma unroll
	for (int e = 0; e < ACC; e++)
		sums[wave()][16 * acc_row(e) + acc_col(e)] = tile.acc[0][0][e];
	__syncthreads();
	for (int i = threadIdx.x; i < 256; i += THREADS) {
		const i32 t = t0 + i / 16, m = m0 + i % 16;
		const i64 at = (i64)t * YStride + m;
		if (t >= Tokens || m >= M)
			continue;
		float sum = 0;
#pragma unroll
		for (int w = 0; w < WAVES; w++)
			sum += sums[w][i];
		const float by = row_scale<fmt_x>(X + (i64)t * fmt_x::row_bytes(K), K) * row_scale<fmt_w>(W + (i64)m * fmt_w::row_bytes(K), K);
		Y[at] = with_terms(sum * by, Bias, m, Residual, at);
	}
}
