// missing wait: all waves meet, but none has waited for what it loads into LDS.
// only gfx950
#define LDS(p) ((unsigned)(__attribute__((address_space(3))) void *)(p))
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float tile[128];
	const float *from = in + threadIdx.x;
	asm volatile("s_mov_b32 m0, %1\n\ts_nop 0\n\tglobal_load_lds_dword %0, off" ::"v"(from),
	             "s"(__builtin_amdgcn_readfirstlane(LDS(tile + threadIdx.x / 64 * 64)))
	             : "memory");
	asm volatile("s_barrier" ::: "memory");
	out[blockIdx.x * 128 + threadIdx.x] = tile[127 - threadIdx.x]; // BUG
}
