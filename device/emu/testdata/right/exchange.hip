// An atomic exchange gives a value to what has none; what it finds is not used.
extern "C" __global__ __launch_bounds__(128) void k(float *out, const float *in, int n) {
	__shared__ int count[4];
	__shared__ unsigned long long most[4];
	if (threadIdx.x < 4) {
		__hip_atomic_exchange(&count[threadIdx.x], 0, __ATOMIC_SEQ_CST, __HIP_MEMORY_SCOPE_WORKGROUP);
		__hip_atomic_exchange(&most[threadIdx.x], 0, __ATOMIC_SEQ_CST, __HIP_MEMORY_SCOPE_WORKGROUP);
	}
	__syncthreads();
	atomicAdd(&count[threadIdx.x & 3], 1);
	atomicMax(&most[threadIdx.x & 3], (unsigned long long)threadIdx.x);
	__syncthreads();
	int i = blockIdx.x * 128 + threadIdx.x;
	__hip_atomic_exchange(&out[i], (float)(count[threadIdx.x & 3] + most[threadIdx.x & 3]), __ATOMIC_SEQ_CST, __HIP_MEMORY_SCOPE_AGENT);
}
