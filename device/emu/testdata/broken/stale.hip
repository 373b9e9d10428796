// race: the buffer is filled again while others may still read it.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float shared[128];
	int i = blockIdx.x * 128 + threadIdx.x;
	float sum = 0;
#pragma unroll 1
	for (int r = 0; r < 3; r++) {
		shared[threadIdx.x] = in[i] + r; // BUG
		__syncthreads();
		sum += shared[127 - threadIdx.x];
	}
	out[i] = sum;
}
