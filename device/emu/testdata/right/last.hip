// The group that is the last to count reads what all have written.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ bool last;
	int i = threadIdx.x;
	unsigned *count = (unsigned *)out;
	if (i == 0)
		__hip_atomic_store(&out[1 + blockIdx.x], in[blockIdx.x], __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
	if (i == 0)
		last = __hip_atomic_fetch_add(count, 1u, __ATOMIC_ACQ_REL, __HIP_MEMORY_SCOPE_AGENT) == gridDim.x - 1;
	__syncthreads();
	if (last && i == 0)
		out[3] = __hip_atomic_load(&out[1], __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT) +
		         __hip_atomic_load(&out[2], __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
}
