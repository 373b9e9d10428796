// Attention of single tokens over a paged cache, second stage: brings the parts
// that attention_decode left in Work together. A group does a head of a token.
extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(const u8 *K, const u8 *V, const i32 *Pages, i32 MaxPages,
                                                             i32 PageTokens, i32 KVHeads, i32 HeadDim, u32 Type, float *Y,
                                                             const float *Q, const i32 *Pos, const i32 *Seq, float *Work,
                                                             i32 Tokens, i32 Heads, i32 StrideQ, i32 StrideY, i32 Window,
                                                             float Scale, i32 Splits) {
	const i32 head = blockIdx.x, token = blockIdx.y;
	const float *parts = Work + ((i64)token * Heads + head) * Splits * (HEAD_DIM + 2);
	float top = -infinity();
	for (i32 s = 0; s < Splits; s++)
		top = fmaxf(top, parts[s * (HEAD_DIM + 2) + HEAD_DIM]);
	for (i32 d = threadIdx.x; d < HEAD_DIM; d += THREADS) {
		float sum = 0, y = 0;
		for (i32 s = 0; s < Splits; s++) {
			const float *part = parts + s * (HEAD_DIM + 2);
			const float by = part[HEAD_DIM] == -infinity() ? 0 : expf(part[HEAD_DIM] - top);
			sum += part[HEAD_DIM + 1] * by;
			y += part[d] * by;
		}
		Y[(i64)token * StrideY + head * HEAD_DIM + d] = y / sum;
	}
}
