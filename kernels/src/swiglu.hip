// SwiGLU: Y = activation(Gate) * Up, in a form. A thread does an element.
#include "lib/activation.h"
#include "lib/forms.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(void *Y, const float *Gate, const float *Up, i32 Rows, i32 Dim,
                                                         i32 Stride, i32 Kind, i32 Form) {
	const i32 col = blockIdx.x * 256 + threadIdx.x, row = blockIdx.y;
	if (col >= Dim)
		return;
	const float g = Gate[(i64)row * Stride + col], u = Up[(i64)row * Stride + col];
	store_form<FORM>(Y, Rows, Dim, row, col, (Kind == 0 ? silu(g) : gelu(g)) * u);
}
