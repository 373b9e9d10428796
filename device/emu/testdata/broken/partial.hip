// partial wave: a matrix instruction where not all lanes are active.
typedef float four __attribute__((ext_vector_type(4)));
typedef float eight __attribute__((ext_vector_type(8)));
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	if (in[threadIdx.x] < 5) {
#if WAVE == 32
		typedef _Float16 half16 __attribute__((ext_vector_type(16)));
		half16 a = {};
		eight c = {};
		c = __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(a, a, c); // BUG
#else
		typedef _Float16 half8 __attribute__((ext_vector_type(8)));
		half8 a = {};
		four c = {};
		c = __builtin_amdgcn_mfma_f32_16x16x32_f16(a, a, c, 0, 0, 0); // BUG
#endif
		out[blockIdx.x * 128 + threadIdx.x] = c[0];
	}
}
