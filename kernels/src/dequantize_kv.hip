// KVRead: a thread decodes 8 elements of a key and of a value.
#include "fmt_k.h"
#include "lib/kv_mxfp6.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(const u8 *K, const u8 *V, const i32 *Pages, i32 MaxPages, i32 PageTokens,
                                                         i32 Heads, i32 HeadDim, u32 Type, float *DstK, float *DstV,
                                                         const i32 *Pos, const i32 *Seq, i32 Tokens, i32 StrideK, i32 StrideV) {
	typedef KVFormat<fmt_k> Format;
	const i32 i = (blockIdx.x * 256 + threadIdx.x) * 8, token = blockIdx.y;
	if (i >= Heads * HEAD_DIM)
		return;
	const i32 head = i / HEAD_DIM, d = i % HEAD_DIM, pos = Pos[token];
	const KVPages<HEAD_DIM> pages = {Pages + (i64)Seq[token] * MaxPages, PageTokens, Heads, head};
	float k[8], v[8] = {};
	Format::floats(Format::load_key<false>(K, pages, pos, d / 8, PageTokens), k);
#pragma unroll
	for (int j = 0; j < 8; j++) {
		// Eight tokens' values lie together: one of them is wanted.
		float eight[8];
		Format::floats(Format::load_value<false>(V, pages, pos / 8 * 8, d + j), eight);
#pragma unroll
		for (int t = 0; t < 8; t++)
			v[j] = pos % 8 == t ? eight[t] : v[j];
	}
#pragma unroll
	for (int j = 0; j < 8; j++) {
		DstK[(i64)token * StrideK + i + j] = k[j];
		DstV[(i64)token * StrideV + i + j] = v[j];
	}
}
