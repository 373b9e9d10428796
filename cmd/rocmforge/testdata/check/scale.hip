#include <hip/hip_runtime.h>

// y = s * x, for one element of each work item.
extern "C" __global__ void scale(float *y, const float *x, float s) {
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	y[i] = s * x[i];
}
