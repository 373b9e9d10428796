// Softmax: a group of 256 threads does a row. What is masked is -Inf; where all
// is, the row becomes zeros.
#include "lib/reduce.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(float *Y, const float *X, i32 Rows, i32 Cols, float Scale) {
	__shared__ float scratch[2][256 / WAVE];
	X += (i64)blockIdx.x * Cols;
	Y += (i64)blockIdx.x * Cols;
	float top = -infinity();
	for (i32 i = threadIdx.x; i < Cols; i += 256)
		top = fmaxf(top, X[i] * Scale);
	top = group_max<256>(top, scratch[0]);
	float sum = 0;
	if (top != -infinity())
		for (i32 i = threadIdx.x; i < Cols; i += 256)
			sum += expf(X[i] * Scale - top);
	sum = group_sum<256>(sum, scratch[1]);
	const float by = sum > 0 ? 1 / sum : 0;
	for (i32 i = threadIdx.x; i < Cols; i += 256)
		Y[i] = by > 0 ? expf(X[i] * Scale - top) * by : 0;
}
