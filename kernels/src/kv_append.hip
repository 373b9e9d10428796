// KVAppend: a thread writes an element of a key and of a value.
#include "fmt_k.h"
#include "lib/kv.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(fmt_k::Elem *K, fmt_k::Elem *V, const i32 *Pages, i32 MaxPages,
                                                         i32 PageTokens, i32 Heads, i32 HeadDim, u32 Type, const float *SrcK,
                                                         const float *SrcV, const i32 *Pos, const i32 *Seq, i32 Tokens,
                                                         i32 StrideK, i32 StrideV) {
	const i32 i = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y;
	if (i >= Heads * HEAD_DIM)
		return;
	const i32 head = i / HEAD_DIM, d = i % HEAD_DIM, pos = Pos[token];
	const KVPages<HEAD_DIM> pages = {Pages + (i64)Seq[token] * MaxPages, PageTokens, Heads, head};
	K[pages.key(pos) + (i64)(d / 8) * 8 * PageTokens + d % 8] = fmt_k::encode(SrcK[(i64)token * StrideK + i]);
	V[pages.value(pos) + d * 8 + pos % 8] = fmt_k::encode(SrcV[(i64)token * StrideV + i]);
}
