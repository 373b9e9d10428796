// uninitialised: only half of the buffer is filled.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float shared[128];
	int i = blockIdx.x * 128 + threadIdx.x;
	if (threadIdx.x < 64)
		shared[threadIdx.x] = in[i];
	__syncthreads();
	out[i] = shared[127 - threadIdx.x]; // BUG
}
