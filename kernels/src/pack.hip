// Pack: activations as GEMV and GEMM on a GPU want them; FORM says how. A thread
// does an element.
#include "lib/forms.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(u8 *Dst, const float *X, i32 Tokens, i32 K, i32 Stride, i32 Form, float Step) {
	const i32 k = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y;
	if (k >= K)
		return;
	const float x = X[(i64)token * Stride + k];
	if (FORM == FP8_ROWS)
		store_fp8(Dst, K, token, k, x, Step);
	else
		store_form<FORM == FP8_ROWS ? FLOAT_ROWS : FORM>(Dst, Tokens, K, token, k, x);
}
