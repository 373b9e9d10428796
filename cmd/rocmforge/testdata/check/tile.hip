#include <hip/hip_fp16.h>
template <int N> __device__ int at(int r, int c) { return r * N + c; }
// transposes a matrix of 2*TILE rows.
__global__ void transpose(_Float16 *y, const _Float16 *x) {
	__shared__ _Float16 t[TILE][TILE + 1];
	int n = gridDim.x * TILE, c = blockIdx.x * TILE + threadIdx.x, r = blockIdx.y * TILE;
	for (int i = threadIdx.y; i < TILE; i += blockDim.y)
		t[i][threadIdx.x] = x[(r + i) * n + c];
	__syncthreads();
	for (int i = threadIdx.y; i < TILE; i += blockDim.y)
		y[(blockIdx.x * TILE + i) * n + r + threadIdx.x] = t[threadIdx.x][i];
}
