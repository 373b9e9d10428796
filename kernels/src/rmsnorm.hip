// RMSNorm: a group of THREADS threads does a row of DIM elements, and writes it
// in a form.
#include "lib/forms.h"
#include "lib/reduce.h"
#include "lib/vector.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(void *Y, const float *X, const float *W, i32 Rows, i32 Dim,
                                                             float Eps, i32 Form) {
	__shared__ float scratch[THREADS / WAVE];
	constexpr int N = DIM % 4 == 0 ? 4 : 1, STEP = THREADS * N, EACH = (DIM + STEP - 1) / STEP;
	X += (i64)blockIdx.x * DIM;
	float x[EACH][N] = {}, w[EACH][N], sum = 0;
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		const int at = i * STEP + threadIdx.x * N;
#pragma unroll
		for (int j = 0; j < N; j++)
			w[i][j] = 1;
		if (at < DIM) {
			load_vector(X + at, x[i]);
			if (W)
				load_vector(W + at, w[i]);
		}
#pragma unroll
		for (int j = 0; j < N; j++)
			sum += x[i][j] * x[i][j];
	}
	const float scale = 1 / sqrtf(group_sum<THREADS>(sum, scratch) / DIM + Eps);
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		const int at = i * STEP + threadIdx.x * N;
#pragma unroll
		for (int j = 0; j < N; j++)
			x[i][j] = x[i][j] * w[i][j] * scale;
		if (at < DIM)
			store_form<FORM>(Y, Rows, DIM, blockIdx.x, at, x[i]);
	}
}
