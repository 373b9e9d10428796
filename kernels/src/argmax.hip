// Argmax: a group of 1024 threads does a row. The first of equal ones wins; a NaN
// or an infinity anywhere gives -1.
DEVICE void better(float &best, i32 &at, float x, i32 i) {
	if (i >= 0 && (at < 0 || x > best || (x == best && i < at))) {
		best = x;
		at = i;
	}
}

extern "C" __global__ __launch_bounds__(1024) void KERNEL(i32 *Out, const float *X, i32 Rows, i32 Cols) {
	__shared__ float values[1024 / WAVE];
	__shared__ i32 places[1024 / WAVE], broken;
	if (threadIdx.x == 0)
		broken = 0;
	__syncthreads();
	X += (i64)blockIdx.x * Cols;
	float best = 0;
	i32 at = -1;
	bool bad = false;
	for (i32 i = threadIdx.x; i < Cols; i += 1024) {
		const float x = X[i];
		bad = bad || !(fabsf(x) < infinity());
		better(best, at, x, i);
	}
	if (bad)
		broken = 1;
#pragma unroll
	for (int i = WAVE / 2; i > 0; i /= 2) {
		const float x = __shfl_xor(best, i);
		const i32 j = __shfl_xor(at, i);
		better(best, at, x, j);
	}
	if (lane() == 0) {
		values[wave()] = best;
		places[wave()] = at;
	}
	__syncthreads();
	if (threadIdx.x != 0)
		return;
	for (int i = 1; i < 1024 / WAVE; i++)
		better(best, at, values[i], places[i]);
	Out[blockIdx.x] = broken ? -1 : at;
}
