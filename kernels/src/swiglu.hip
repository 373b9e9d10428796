// SwiGLU: Y = activation(Gate) * Up. A thread does an element.
#include "lib/activation.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(float *Y, const float *Gate, const float *Up, i32 Rows, i32 Dim,
                                                         i32 Stride, i32 Kind) {
	const i32 col = blockIdx.x * 256 + threadIdx.x, row = blockIdx.y;
	if (col >= Dim)
		return;
	const float g = Gate[(i64)row * Stride + col], u = Up[(i64)row * Stride + col];
	Y[(i64)row * Dim + col] = (Kind == 0 ? silu(g) : gelu(g)) * u;
}
