// race: a total in global memory is read where the group has not added all.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	int *total = (int *)out + blockIdx.x;
	atomicAdd(total, (int)in[threadIdx.x]);
	__builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
	out[128 + blockIdx.x] = *total; // BUG
}
