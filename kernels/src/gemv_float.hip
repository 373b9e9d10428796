// GEMV with float activations: a wave does ROWS rows of W for one token. Lanes
// take 8 elements in turn of a format whose elements stand in their order, else
// half chunks, or whole ones of small floats.
#include "fmt_w.h"
#include "lib/gemv.h"
#include "quant/decode.h"

// InOrder are formats of which any 8 elements can be loaded.
template <class F>
concept InOrder = requires(const u8 *row) { F::load_eight(row, (i64)0); };

// FloatDot::dot is the product of piece i of a row with x.
template <class F>
struct FloatDot;

template <InOrder F>
struct FloatDot<F> {
	static constexpr int ELEMS = 8;
	static MEMBER float dot(const u8 *row, const float *x, int i) {
		float v[8];
		F::floats(F::load_eight(row, 8 * i), v);
		const float4 a = load_floats(x + 8 * i), b = load_floats(x + 8 * i + 4);
		return v[0] * a.x + v[1] * a.y + v[2] * a.z + v[3] * a.w + v[4] * b.x + v[5] * b.y + v[6] * b.z + v[7] * b.w;
	}
};

template <class F>
	requires(!InOrder<F> && !SmallHalves<F>)
struct FloatDot<F> {
	static constexpr int ELEMS = 16;
	static MEMBER float dot(const u8 *row, const float *x, int i) {
		const int chunk = i / 2, part = i % 2;
		Piece<F> w;
		w.load(row, K, chunk, part);
		float v[16], sum = 0;
		w.decode(part, v);
#pragma unroll
		for (int j = 0; j < 16; j += 4) {
			const float4 a = load_floats(x + 32 * chunk + 8 * part + j % 8 + j / 8 * 16);
			sum += v[j] * a.x + v[j + 1] * a.y + v[j + 2] * a.z + v[j + 3] * a.w;
		}
		return sum;
	}
};

template <SmallHalves F>
	requires(!InOrder<F>)
struct FloatDot<F> {
	static constexpr int ELEMS = 32;
	static MEMBER float dot(const u8 *row, const float *x, int i) {
		F w;
		w.load(row, K, i);
		float sum = 0;
#pragma unroll
		for (int j = 0; j < 4; j++) {
			const B16 v = w.eight(j);
			const float4 a = load_floats(x + 32 * i + 8 * j), b = load_floats(x + 32 * i + 8 * j + 4);
			sum += from_half(v.x) * a.x + from_half(v.x >> 16) * a.y + from_half(v.y) * a.z + from_half(v.y >> 16) * a.w +
			       from_half(v.z) * b.x + from_half(v.z >> 16) * b.y + from_half(v.w) * b.z + from_half(v.w >> 16) * b.w;
		}
		return sum * chunk_scale(w);
	}
};

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(float *Y, const float *X, const u8 *W, const float *Bias,
                                                             const float *Residual, i32 Tokens, i32 M, i32 UNUSED_K,
                                                             i32 YStride, u32 Type, i32 Form, u8 Layout) {
	typedef FloatDot<fmt_w> Dot;
	const i32 token = blockIdx.y, row0 = (blockIdx.x * (THREADS / WAVE) + wave()) * ROWS;
	if (row0 >= M)
		return;
	const float *x = X + (i64)token * K;
	const u8 *row[ROWS];
#pragma unroll
	for (int r = 0; r < ROWS; r++)
		row[r] = W + (i64)least(row0 + r, M - 1) * fmt_w::row_bytes(K);

	float sum[ROWS] = {};
#pragma unroll UNROLL
	for (int i = lane(); i < K / Dot::ELEMS; i += WAVE) {
#pragma unroll
		for (int r = 0; r < ROWS; r++)
			sum[r] += Dot::dot(row[r], x, i);
	}
#pragma unroll
	for (int r = 0; r < ROWS; r++) {
		const float total = wave_sum(sum[r]) * row_scale<fmt_w>(row[r], K);
		const i32 m = row0 + r;
		const i64 at = (i64)token * YStride + m;
		if (lane() == 0 && m < M)
			Y[at] = with_terms(total, Bias, m, Residual, at);
	}
}
