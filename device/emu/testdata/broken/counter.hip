// race: a group clears the counter that another one adds to.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int *count = (int *)out;
	if (threadIdx.x == 0 && blockIdx.x == 0)
		*count = 0; // BUG
	__syncthreads();
	atomicAdd(count, (int)in[threadIdx.x]);
}
