// KVAppend for a cache of MXFP6_E2M3: a thread rounds and writes two elements of
// a key and of a value.
#include "lib/kv_mxfp6.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(u8 *K, u8 *V, const i32 *Pages, i32 MaxPages, i32 PageTokens, i32 Heads,
                                                         i32 HeadDim, u32 Type, const float *SrcK, const float *SrcV,
                                                         const i32 *Pos, const i32 *Seq, i32 Tokens, i32 StrideK, i32 StrideV) {
	const i32 i = (blockIdx.x * 256 + threadIdx.x) * 2, token = blockIdx.y;
	if (i >= Heads * HEAD_DIM)
		return;
	const i32 head = i / HEAD_DIM, d = i % HEAD_DIM, pos = Pos[token];
	const KVPages<HEAD_DIM> pages = {Pages + (i64)Seq[token] * MaxPages, PageTokens, Heads, head};
	const float *k = SrcK + (i64)token * StrideK + i, *v = SrcV + (i64)token * StrideV + i;
	quantize_key_to_mxfp6(K, pages, pos, d, k[0], k[1]);
	quantize_value_to_mxfp6(V, pages, pos, d, v[0], v[1]);
}
