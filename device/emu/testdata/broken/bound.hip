// out of bounds: the last work item reads behind the end.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int i = blockIdx.x * 128 + threadIdx.x;
	if (i < n)
		out[i] = in[i + 1]; // BUG
}
