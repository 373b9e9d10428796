// divergent barrier: some waves wait where others do not come.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float shared[128];
	int i = blockIdx.x * 128 + threadIdx.x;
	shared[threadIdx.x] = in[i];
	if (threadIdx.x < 64) {
		__syncthreads(); // BUG
		out[i] = shared[63 - threadIdx.x];
	} else {
		out[i] = 0;
	}
}
