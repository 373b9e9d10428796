// Attention of single tokens over a paged cache, second stage: brings the parts
// that attention_decode left in Work together, and writes them in a form. A
// group does a head of a token.
#include "lib/forms.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(const u8 *K, const u8 *V, const i32 *Pages, i32 MaxPages,
                                                             i32 PageTokens, i32 KVHeads, i32 HeadDim, u32 Type, void *Y,
                                                             const float *Q, const i32 *Pos, const i32 *Seq, float *Work,
                                                             i32 Tokens, i32 Heads, i32 StrideQ, i32 StrideY, i32 Window,
                                                             float Scale, i32 Splits, i32 YForm) {
	constexpr int PART = HEAD_DIM + 2;
	__shared__ float weight[MAX_SPLITS];
	const i32 head = blockIdx.x, token = blockIdx.y;
	const float *parts = Work + ((i64)token * Heads + head) * Splits * PART;
	float top = -infinity(), sum = 0;
	for (i32 s = lane(); s < Splits; s += WAVE)
		top = fmaxf(top, parts[s * PART + HEAD_DIM]);
	top = wave_max(top);
	for (i32 s = lane(); s < Splits; s += WAVE) {
		const float by = expf(parts[s * PART + HEAD_DIM] - top);
		sum += parts[s * PART + HEAD_DIM + 1] * by;
		if (wave() == 0)
			weight[s] = by;
	}
	sum = wave_sum(sum);
	__syncthreads();
	for (i32 d = threadIdx.x; d < HEAD_DIM; d += THREADS) {
		float y = 0;
#pragma unroll 8
		for (i32 s = 0; s < Splits; s++)
			y += parts[s * PART + d] * weight[s];
		if (FORM == FLOAT_ROWS)
			((float *)Y)[(i64)token * StrideY + head * HEAD_DIM + d] = y / sum;
		else
			store_form<FORM>(Y, Tokens, Heads * HEAD_DIM, token, head * HEAD_DIM + d, y / sum);
	}
}
