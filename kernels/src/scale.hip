// Scale: Y = X * S. A thread does four elements.
extern "C" __global__ __launch_bounds__(256) void KERNEL(float *Y, const float *X, i32 N, float S) {
	const i32 i = (blockIdx.x * 256 + threadIdx.x) * 4;
	if (i + 4 <= N) {
		const float4 x = load_floats(X + i);
		*(float4 *)(Y + i) = make_float4(x.x * S, x.y * S, x.z * S, x.w * S);
		return;
	}
	for (i32 j = i; j < N; j++)
		Y[j] = X[j] * S;
}
