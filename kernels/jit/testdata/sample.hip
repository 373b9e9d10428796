#line 2 "kernels/jit/testdata/sample.hip"
#include "wave.h"

extern "C" __global__ __launch_bounds__(256) void scale(const float *x, float *y, float a, int n) {
	int i = blockIdx.x * 256 + threadIdx.x;
	if (i < n) y[i] = a * x[i];
}

// sums reads blockDim, which brings hidden arguments, and keeps LDS.
extern "C" __global__ __launch_bounds__(WAVE) void sums(const float *x, float *y) {
	__shared__ float part[WAVE];
	part[threadIdx.x] = x[threadIdx.x + blockIdx.x * blockDim.x];
	__syncthreads();
	float sum = 0;
	for (int i = 0; i < WAVE; i++) sum += part[i];
	y[blockIdx.x] = sum;
}
