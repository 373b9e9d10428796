// Kernels whose figures are known before they are compiled. A group is a wave.
#define KERNEL extern "C" __global__ __launch_bounds__(WAVE)

KERNEL void copy(float *out, const float *in, int n) {
	int i = blockIdx.x * WAVE + threadIdx.x;
	out[i] = in[i];
}

KERNEL void strided(float *out, const float *in, int n) {
	int i = blockIdx.x * WAVE + threadIdx.x;
	out[i] = in[i * 32];
}

KERNEL void conflict(float *out, const float *in, int n) {
	__shared__ float s[64 * WAVE];
	int i = blockIdx.x * WAVE + threadIdx.x;
	s[threadIdx.x * 64] = in[i]; // STORE
	__syncthreads();
	out[i] = s[(threadIdx.x ^ 1) * 64]; // LOAD
}

KERNEL void loop(float *out, const float *in, int n) {
	int i = blockIdx.x * WAVE + threadIdx.x;
	float x = in[i];
	#pragma unroll 1
	for (int j = 0; j < n; j++)
		x = __builtin_amdgcn_exp2f(x); // AGAIN
	out[i] = x;
}
