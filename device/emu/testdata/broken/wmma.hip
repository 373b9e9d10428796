// wrong lanes: the upper lanes have other rows than the lower ones.
// only gfx1100
typedef float eight __attribute__((ext_vector_type(8)));
typedef _Float16 half16 __attribute__((ext_vector_type(16)));
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
#if WAVE == 32
	int lane = threadIdx.x % 32;
	half16 a, b;
	for (int j = 0; j < 16; j++) {
		a[j] = (_Float16)in[lane % 16 + j];
		b[j] = (_Float16)in[lane + j];
	}
	eight c = {};
	c = __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(a, b, c); // BUG
	out[blockIdx.x * 128 + threadIdx.x] = c[0];
#endif
}
