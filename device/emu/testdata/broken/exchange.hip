// race: waves exchange through global memory, with no barrier.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	float *mine = out + blockIdx.x * 128;
	mine[threadIdx.x] = in[blockIdx.x * 128 + threadIdx.x];
	__builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
	float other = mine[127 - threadIdx.x]; // BUG
	__syncthreads();
	mine[threadIdx.x] = other;
}
