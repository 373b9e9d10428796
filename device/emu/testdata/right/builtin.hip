// The compiler's own loads into LDS, with a wait that a barrier does not imply.
// only gfx950
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float tile[128];
	__builtin_amdgcn_global_load_lds((__attribute__((address_space(1))) void *)(in + threadIdx.x),
	                                 (__attribute__((address_space(3))) void *)(tile + threadIdx.x / 64 * 64), 4, 0, 0);
	__builtin_amdgcn_s_waitcnt(0x0f70); // vmcnt(0)
	__syncthreads();
	out[blockIdx.x * 128 + threadIdx.x] = tile[127 - threadIdx.x];
}
