// uninitialised: a branch on what a register held.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int flag;
	asm volatile("s_mov_b32 %0, s40" : "=s"(flag) : : "s40");
	if (flag == 3) // BUG
		out[blockIdx.x * 128 + threadIdx.x] = 1;
	else
		out[blockIdx.x * 128 + threadIdx.x] = in[0];
}
