// RoPEAppend for a cache of MXFP6_E2M3: a group does a head of a token. Pairs are
// turned, and neighbours are rounded: in between they lie in LDS.
#include "lib/kv_mxfp6.h"
#include "lib/rope.h"

extern "C" __global__ __launch_bounds__(HEAD_DIM / 2) void KERNEL(u8 *K, u8 *V, const i32 *Pages, i32 MaxPages, i32 PageTokens,
                                                                  i32 KVHeads, i32 HeadDim, u32 Type, float *QKV, const i32 *Pos,
                                                                  const i32 *Seq, const float *Freq, i32 Tokens, i32 Heads,
                                                                  i32 RotDim, i32 Stride, i32 Pairing, float Scale, float KeyStep,
                                                                  float ValueStep) {
	__shared__ float turned[HEAD_DIM];
	const i32 pair = threadIdx.x, head = blockIdx.x, token = blockIdx.y, pos = Pos[token];
	float *x = QKV + (i64)token * Stride + head * HEAD_DIM;
	const KVPages<HEAD_DIM> pages = {Pages + (i64)Seq[token] * MaxPages, PageTokens, KVHeads, (head - Heads) % KVHeads};
	if (head >= Heads + KVHeads) {
		const float by = ValueStep != 0 ? ValueStep : 1;
		quantize_value_to_mxfp6(V, pages, pos, 2 * pair, x[2 * pair] / by, x[2 * pair + 1] / by);
		return;
	}
	const Pair at = pair_of(pair, RotDim, Pairing);
	float a = x[at.first], b = x[at.second];
	if (pair < RotDim / 2)
		rotate(a, b, (float)pos * Freq[pair], Scale);
	if (head < Heads) {
		x[at.first] = a;
		x[at.second] = b;
		return;
	}
	turned[at.first] = a;
	turned[at.second] = b;
	__syncthreads();
	const float by = KeyStep != 0 ? KeyStep : 1;
	quantize_key_to_mxfp6(K, pages, pos, 2 * pair, turned[2 * pair] / by, turned[2 * pair + 1] / by);
}
