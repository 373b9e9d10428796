// race: a wave reads what another one writes, with no barrier.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float shared[128];
	int i = blockIdx.x * 128 + threadIdx.x;
	shared[threadIdx.x] = 0;
	__syncthreads();
	shared[threadIdx.x] = in[i];
	__builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
	out[i] = shared[127 - threadIdx.x]; // BUG
}
