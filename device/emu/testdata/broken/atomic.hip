// race: the counter is read while others may still add to it.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ int count;
	if (threadIdx.x == 0)
		count = 0;
	__syncthreads();
	if (in[threadIdx.x] > 2)
		atomicAdd(&count, 1);
	out[blockIdx.x * 128 + threadIdx.x] = count; // BUG
}
