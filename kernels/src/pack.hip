// Pack: activations as GEMV and GEMM on a GPU want them; FORM says how. A thread
// does an element.
#include "lib/forms.h"
#include "lib/q8.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(u8 *Dst, const float *X, i32 Tokens, i32 K, i32 Stride, i32 Form) {
	const i32 k = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y;
	if (k >= K)
		return;
	const float x = X[(i64)token * Stride + k];
	if (FORM == FLOAT_ROWS)
		((float *)Dst)[(i64)token * K + k] = x;
	else if (FORM == HALF_ROWS)
		((u16 *)Dst)[(i64)token * K + k] = (u16)to_half(x);
	else
		quantize_q8(x, (i8 *)Dst + (i64)token * K, (Q8Meta *)(Dst + (i64)Tokens * K) + (i64)token * (K / 32), k);
}
