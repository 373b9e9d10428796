// misaligned: four floats of LDS at an address that is no multiple of 16.
typedef float four __attribute__((ext_vector_type(4)));
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ __attribute__((aligned(16))) float shared[160];
	int i = blockIdx.x * 128 + threadIdx.x;
	shared[threadIdx.x] = in[i];
	if (threadIdx.x < 32)
		shared[128 + threadIdx.x] = 0;
	__syncthreads();
	four *at = (four *)&shared[threadIdx.x];
	four x = *at; // BUG
	out[i] = x.x + x.y * x.z * x.w;
}
