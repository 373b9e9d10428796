// GEMM with float activations, in the arithmetic of references: a group of 256
// threads does a tile of 64 tokens and 64 rows of W, 32 elements at a time.
#include "fmt_w.h"
#include "lib/gemv.h"
#include "quant/decode.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(float *Y, const float *X, const u8 *W, const float *Bias,
                                                         const float *Residual, i32 Tokens, i32 M, i32 K, i32 YStride,
                                                         u32 Type, i32 Form, u8 Layout) {
	constexpr int PITCH = 64 + 4;
	__shared__ alignas(16) float xs[32 * PITCH], ws[32 * PITCH]; // [k][token], [k][row]
	const i32 m0 = blockIdx.y * 64, t0 = blockIdx.x * 64;
	const int tid = threadIdx.x, tm = tid % 16 * 4, tt = tid / 16 * 4;
	float acc[4][4] = {};
	for (int c = 0; c < K / 32; c++) {
		if (tid < 128) {
			const int part = tid / 64, row = tid % 64;
			Piece<fmt_w> piece;
			piece.load(W + (i64)least(m0 + row, M - 1) * fmt_w::row_bytes(K), K, c, part);
			float v[16];
			piece.decode(part, v);
#pragma unroll
			for (int j = 0; j < 16; j++)
				ws[(8 * part + j % 8 + j / 8 * 16) * PITCH + row] = v[j];
		} else {
			const int token = (tid - 128) / 2, k0 = tid % 2 * 16;
			const float *x = X + (i64)least(t0 + token, Tokens - 1) * K + 32 * c + k0;
			for (int j = 0; j < 16; j++)
				xs[(k0 + j) * PITCH + token] = x[j];
		}
		__syncthreads();
#pragma unroll 8
		for (int k = 0; k < 32; k++) {
			const float4 w = load_floats(ws + k * PITCH + tm), x = load_floats(xs + k * PITCH + tt);
			const float wv[4] = {w.x, w.y, w.z, w.w}, xv[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
			for (int i = 0; i < 4; i++)
#pragma unroll
				for (int j = 0; j < 4; j++)
					acc[i][j] = fmaf(xv[i], wv[j], acc[i][j]);
		}
		__syncthreads();
	}
#pragma unroll
	for (int i = 0; i < 4; i++)
#pragma unroll
		for (int j = 0; j < 4; j++) {
			const i32 t = t0 + tt + i, m = m0 + tm + j;
			const i64 at = (i64)t * YStride + m;
			if (t < Tokens && m < M)
				Y[at] = with_terms(acc[i][j] * row_scale<fmt_w>(W + (i64)m * fmt_w::row_bytes(K), K), Bias, m, Residual, at);
		}
}
