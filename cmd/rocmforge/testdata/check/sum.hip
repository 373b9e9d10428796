// out += the sum of n numbers, in one group.
__global__ void sum(int *out, const int *in, int n) {
	extern __shared__ int part[];
	int s = 0;
	for (int i = threadIdx.x; i < n; i += blockDim.x)
		s += in[i];
	part[threadIdx.x] = s;
	__syncthreads();
	for (int k = blockDim.x / 2; k > 0; k /= 2) {
		if (threadIdx.x < k)
			part[threadIdx.x] += part[threadIdx.x + k];
		__syncthreads();
	}
	if (threadIdx.x == 0)
		atomicAdd(out, part[0]);
}
