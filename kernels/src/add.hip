// Add: Y = A + B. A thread does four elements.
extern "C" __global__ __launch_bounds__(256) void KERNEL(float *Y, const float *A, const float *B, i32 N) {
	const i32 i = (blockIdx.x * 256 + threadIdx.x) * 4;
	if (i + 4 <= N) {
		const float4 a = load_floats(A + i), b = load_floats(B + i);
		*(float4 *)(Y + i) = make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
		return;
	}
	for (i32 j = i; j < N; j++)
		Y[j] = A[j] + B[j];
}
