// Loads into LDS, waited for before the barrier; the next ones are under way
// while the first ones are read.
// only gfx950
#define LDS(p) ((unsigned)(__attribute__((address_space(3))) void *)(p))
static __device__ void fetch(const float *from, float *to) {
	asm volatile("s_mov_b32 m0, %1\n\ts_nop 0\n\tglobal_load_lds_dword %0, off" ::"v"(from),
	             "s"(__builtin_amdgcn_readfirstlane(LDS(to)))
	             : "memory");
}
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ float tile[2][128];
	int first = threadIdx.x / 64 * 64;
	fetch(in + threadIdx.x, tile[0] + first);
	fetch(in + threadIdx.x + 128, tile[1] + first);
	asm volatile("s_waitcnt vmcnt(1)\n\ts_barrier" ::: "memory");
	float sum = tile[0][127 - threadIdx.x];
	asm volatile("s_waitcnt vmcnt(0)\n\ts_barrier" ::: "memory");
	sum += tile[1][127 - threadIdx.x];
	out[blockIdx.x * 128 + threadIdx.x] = sum;
}
