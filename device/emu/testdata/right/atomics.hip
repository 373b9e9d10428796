// Atomic operations of all groups on the same words: some that the GPU has, and
// some that are loops around a compare-and-swap, which begin with a plain load.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float most[4];
	if (threadIdx.x < 4)
		most[threadIdx.x] = 0;
	__syncthreads();
	float x = in[threadIdx.x];
	atomicMax(&most[threadIdx.x & 3], x);
	__syncthreads();
	atomicAdd(&out[threadIdx.x & 3], x + most[threadIdx.x & 3]);
	atomicAdd((int *)&out[4], 1);
	unsigned long long *p = (unsigned long long *)&out[6];
	unsigned long long old = *p, assumed;
	do {
		assumed = old;
		old = atomicCAS(p, assumed, assumed + threadIdx.x);
	} while (assumed != old);
}
