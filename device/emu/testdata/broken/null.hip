// out of bounds: an address that nobody gave.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int i = blockIdx.x * 128 + threadIdx.x;
	const float *table = (const float *)(unsigned long long)n;
	out[i] = table[i]; // BUG
}
