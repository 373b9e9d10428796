// uninitialised: an index that nobody set.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int j;
	asm volatile("v_mov_b32 %0, v40" : "=v"(j) : : "v40");
	out[blockIdx.x * 128 + threadIdx.x] = in[j & 7]; // BUG
}
