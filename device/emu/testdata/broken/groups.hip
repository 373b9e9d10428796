// race: all groups write to the same place.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	float x = in[blockIdx.x * 128 + threadIdx.x];
	out[threadIdx.x] = x; // BUG
}
