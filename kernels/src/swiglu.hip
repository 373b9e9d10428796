// SwiGLU: Y = activation(Gate) * Up, in a form. A thread does N elements.
#include "lib/activation.h"
#include "lib/forms.h"
#include "lib/vector.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(void *Y, const float *Gate, const float *Up, i32 Rows, i32 Dim,
                                                         i32 Stride, i32 Kind, i32 Form) {
	const i32 col = (blockIdx.x * 256 + threadIdx.x) * N, row = blockIdx.y;
	if (col >= Dim)
		return;
	float g[N], u[N];
	load_vector(Gate + (i64)row * Stride + col, g);
	load_vector(Up + (i64)row * Stride + col, u);
#pragma unroll
	for (int i = 0; i < N; i++)
		g[i] = (Kind == 0 ? silu(g[i]) : gelu(g[i])) * u[i];
	store_form<FORM>(Y, Rows, Dim, row, col, g);
}
