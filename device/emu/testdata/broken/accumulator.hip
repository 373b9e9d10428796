// uninitialised: a sum that begins with what the register held.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int i = blockIdx.x * 128 + threadIdx.x;
	float sum;
	asm volatile("v_mov_b32 %0, v40" : "=v"(sum) : : "v40"); // what a compiler makes of "float sum;" is anybody's guess
	for (int j = 0; j < 3; j++)
		sum += in[(i + j) % n];
	out[i] = sum; // BUG
}
