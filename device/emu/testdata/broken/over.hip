// out of bounds: LDS has no such place.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float shared[128];
	int i = blockIdx.x * 128 + threadIdx.x;
	shared[threadIdx.x + 1] = in[i]; // BUG
	__syncthreads();
	out[i] = shared[threadIdx.x];
}
