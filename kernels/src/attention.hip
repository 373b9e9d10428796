// Attention over keys and values that lie in one piece: a group of 128 threads
// does a query head, 128 keys at a time.
#include "lib/kv.h"
#include "lib/reduce.h"

extern "C" __global__ __launch_bounds__(128) void KERNEL(float *Y, const float *Q, const float *K, const float *V, i32 Queries,
                                                         i32 Keys, i32 Heads, i32 KVHeads, i32 HeadDim, i32 Causal, i32 Window,
                                                         float Scale) {
	constexpr int MOST = 512, EACH = MOST / 128; // of a head's elements
	__shared__ float q[MOST], p[128], maxima[128 / WAVE], sums[128 / WAVE];
	const i32 query = blockIdx.x, head = blockIdx.y, tid = threadIdx.x;
	const i32 pos = Keys - Queries + query, end = Causal ? pos + 1 : Keys, first = Causal ? first_visible(pos, Window) : 0;
	const i64 row = (i64)KVHeads * HeadDim, at = ((i64)query * Heads + head) * HeadDim;
	K += head / (Heads / KVHeads) * HeadDim;
	V += head / (Heads / KVHeads) * HeadDim;
	for (i32 d = tid; d < HeadDim; d += 128)
		q[d] = Q[at + d] * Scale;
	__syncthreads();
	float largest = -infinity(), total = 0, y[EACH] = {};
	for (i32 key0 = first; key0 < end; key0 += 128) {
		const i32 key = key0 + tid;
		float score = key < end ? 0 : -infinity();
		if (key < end)
			for (i32 d = 0; d < HeadDim; d++)
				score += q[d] * K[key * row + d];
		const float top = fmaxf(largest, group_max<128>(score, maxima));
		const float x = key < end ? expf(score - top) : 0, by = expf(largest - top);
		p[tid] = x;
		total = total * by + group_sum<128>(x, sums);
		largest = top;
		__syncthreads();
#pragma unroll
		for (int i = 0; i < EACH; i++) {
			const i32 d = tid + 128 * i;
			if (d >= HeadDim)
				continue;
			y[i] *= by;
			for (i32 j = 0; j < least(128, end - key0); j++)
				y[i] += p[j] * V[(key0 + j) * row + d];
		}
		__syncthreads();
	}
#pragma unroll
	for (int i = 0; i < EACH; i++)
		if (tid + 128 * i < HeadDim)
			Y[at + tid + 128 * i] = y[i] / total;
}
