// The gated half of an MLP with 8-bit activations: a group does 32 neighbouring
// elements of activation(gate) * up for one token, and writes them in a form. A
// wave does the two rows of an element at a time.
#include "fmt_w.h"
#include "lib/activation.h"
#include "lib/forms.h"
#include "lib/gemv.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(void *Y, const i8 *X, const u8 *W, i32 Tokens, i32 M, i32 UNUSED_K,
                                                             u32 Type, i32 Form, i32 YForm, i32 Kind, u8 Layout) {
	constexpr int EACH = 32 * WAVE / THREADS; // elements of a wave
	__shared__ float y[32];
	const i32 token = blockIdx.y, first = blockIdx.x * 32;
	const Q8Row x = q8_row<K>(X, Tokens, token);
	for (int i = wave() * EACH; i < (wave() + 1) * EACH; i++) {
		const i32 m = least(first + i, M - 1);
		const u8 *row[2] = {W + (i64)m * fmt_w::row_bytes(K), W + (i64)(M + m) * fmt_w::row_bytes(K)};
		float sum[2];
		dot_rows<fmt_w, K, 2, UNROLL>(row, x, sum);
		if (lane() == 0)
			y[i] = (Kind == 0 ? silu(sum[0]) : gelu(sum[0])) * sum[1];
	}
	__syncthreads();
	if (threadIdx.x < 32 && first + (i32)threadIdx.x < M)
		store_form<FORM>(Y, Tokens, M, token, first + threadIdx.x, y[threadIdx.x]);
}
