// GEMM with half activations: a group does a tile of BT tokens and BM rows of W,
// BK elements at a time. Weights are decoded on their way into LDS; while the
// matrix units work on one of two buffers, the next slice is being loaded.
#include "fmt_w.h"
#include "lib/gemv.h"
#include "quant/decode.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(float *Y, const u16 *X, const u8 *W, const float *Bias,
                                                             const float *Residual, i32 Tokens, i32 M, i32 K, i32 YStride,
                                                             u32 Type, i32 Form, u8 Layout) {
	constexpr int BK = 32, PITCH = BK + 8; // a pitch of 80 bytes has no bank conflicts
	// WAVES_M counts waves of 32 lanes side by side over the rows.
	constexpr int WAVES = THREADS / WAVE, ACROSS = WAVE == 64 ? WAVES_M / 2 : WAVES_M, DOWN = WAVES / ACROSS;
	constexpr int TILES_T = BT / DOWN / 16, TILES_M = BM / ACROSS / 16;
	constexpr bool ALL = THREADS == BM; // of a chunk: else two threads share one
	static_assert(ALL || THREADS == 2 * BM, "one or two threads fill a row of W's tile");
	__shared__ alignas(16) Half xs[2][BT * PITCH], ws[2][BM * PITCH];

	// Neighbouring groups share rows of W, which is larger than X.
	const i32 m0 = blockIdx.y * BM, t0 = blockIdx.x * BT;
	// The part of a chunk is the same for all of a wave.
	const int part = threadIdx.x / BM, row = threadIdx.x % BM;
	const u8 *w = W + (i64)least(m0 + row, M - 1) * fmt_w::row_bytes(K);

	// Each thread loads X_EACH pieces of 8 halves of a token.
	constexpr int X_EACH = BT * BK / 8 / THREADS;
	static_assert(X_EACH > 0, "a tile of X has a piece for every thread");
	const u16 *x[X_EACH];
	int x_at[X_EACH];
#pragma unroll
	for (int i = 0; i < X_EACH; i++) {
		const int piece = threadIdx.x + i * THREADS, token = piece / (BK / 8), k = piece % (BK / 8) * 8;
		x[i] = X + (i64)least(t0 + token, Tokens - 1) * K + k;
		x_at[i] = token * PITCH + k;
	}

	Piece<fmt_w, ALL, false> wp;
	B16 xp[X_EACH];
	float acc[TILES_T][TILES_M][ACC] = {};
	const int wt = wave() / ACROSS * TILES_T * 16, wm = wave() % ACROSS * TILES_M * 16;

	auto store_w = [](Half *to, const B16(&v)[2]) {
		store16(to, v[0]);
		store16(to + 16, v[1]);
	};
	auto load = [&](int c) {
		wp.load(w, K, c, part);
#pragma unroll
		for (int i = 0; i < X_EACH; i++)
			xp[i] = load16(x[i] + c * BK);
	};
	auto store = [&](int buffer) {
		B16 v[2];
		if (ALL || part == 0) {
			wp.template halves<0>(v);
			store_w(ws[buffer] + row * PITCH, v);
		}
		if (ALL || part == 1) {
			wp.template halves<1>(v);
			store_w(ws[buffer] + row * PITCH + 8, v);
		}
#pragma unroll
		for (int i = 0; i < X_EACH; i++)
			store16(xs[buffer] + x_at[i], xp[i]);
	};
	auto multiply = [&](int buffer) {
#pragma unroll
		for (int k = 0; k < BK; k += MMA_K) {
			Fragment a[TILES_T], b[TILES_M];
#pragma unroll
			for (int i = 0; i < TILES_T; i++)
				a[i] = load_rows(xs[buffer] + (wt + 16 * i) * PITCH + k, PITCH);
#pragma unroll
			for (int j = 0; j < TILES_M; j++)
				b[j] = load_cols(ws[buffer] + (wm + 16 * j) * PITCH + k, PITCH);
#pragma unroll
			for (int i = 0; i < TILES_T; i++)
#pragma unroll
				for (int j = 0; j < TILES_M; j++)
					mma(acc[i][j], a[i], b[j]);
		}
	};

	const int slices = K / BK;
	load(0);
	store(0);
	__syncthreads();
	for (int s = 0; s < slices; s++) {
		if (s + 1 < slices)
			load(s + 1);
		multiply(s % 2);
		if (s + 1 < slices)
			store((s + 1) % 2);
		__syncthreads();
	}

#pragma unroll
	for (int i = 0; i < TILES_T; i++)
#pragma unroll
		for (int j = 0; j < TILES_M; j++)
#pragma unroll
			for (int e = 0; e < ACC; e++) {
				const i32 t = t0 + wt + 16 * i + acc_row(e), m = m0 + wm + 16 * j + acc_col(e);
				const i64 at = (i64)t * YStride + m;
				if (t < Tokens && m < M)
					Y[at] = with_terms(acc[i][j][e] * row_scale<fmt_w>(W + (i64)m * fmt_w::row_bytes(K), K), Bias, m, Residual, at);
			}
}
