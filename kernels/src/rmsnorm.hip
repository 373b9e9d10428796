// RMSNorm: a group of THREADS threads does a row of DIM elements, and writes it
// in a form.
#include "lib/forms.h"
#include "lib/reduce.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(void *Y, const float *X, const float *W, i32 Rows, i32 Dim,
                                                             float Eps, i32 Form) {
	__shared__ float scratch[THREADS / WAVE];
	constexpr int EACH = (DIM + THREADS - 1) / THREADS;
	X += (i64)blockIdx.x * DIM;
	float x[EACH], sum = 0;
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		const int at = i * THREADS + threadIdx.x;
		x[i] = at < DIM ? X[at] : 0;
		sum += x[i] * x[i];
	}
	const float scale = 1 / sqrtf(group_sum<THREADS>(sum, scratch) / DIM + Eps);
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		const int at = i * THREADS + threadIdx.x;
		if (at < DIM)
			store_form<FORM>(Y, Rows, DIM, blockIdx.x, at, W ? x[i] * W[at] * scale : x[i] * scale);
	}
}
