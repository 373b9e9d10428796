// out of bounds: the first work item writes before the beginning.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int i = blockIdx.x * 128 + threadIdx.x;
	float x = in[i];
	out[i - 1] = x; // BUG
}
