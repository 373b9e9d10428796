// RoPEAppend: a thread turns one pair of a query, turns and appends one of a key,
// or appends two elements of a value.
#include "fmt_k.h"
#include "lib/kv.h"
#include "lib/rope.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(fmt_k::Elem *K, fmt_k::Elem *V, const i32 *Pages, i32 MaxPages,
                                                         i32 PageTokens, i32 KVHeads, i32 HeadDim, u32 Type, float *QKV,
                                                         const i32 *Pos, const i32 *Seq, const float *Freq, i32 Tokens,
                                                         i32 Heads, i32 RotDim, i32 Stride, i32 Pairing, float Scale, float KeyStep,
                                                         float ValueStep) {
	constexpr int PAIRS = HEAD_DIM / 2;
	const i32 i = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y, pos = Pos[token];
	const i32 head = i / PAIRS, pair = i % PAIRS;
	if (head >= Heads + 2 * KVHeads)
		return;
	float *x = QKV + (i64)token * Stride + head * HEAD_DIM;
	const KVPages<HEAD_DIM> pages = {Pages + (i64)Seq[token] * MaxPages, PageTokens, KVHeads, (head - Heads) % KVHeads};
	if (head >= Heads + KVHeads) {
		fmt_k::Elem *v = V + pages.value(pos) + pos % 8;
#pragma unroll
		for (int j = 0; j < 2; j++)
			v[(2 * pair + j) * 8] = fmt_k::encode(ValueStep != 0 ? x[2 * pair + j] / ValueStep : x[2 * pair + j]);
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
	if (KeyStep != 0) {
		a /= KeyStep;
		b /= KeyStep;
	}
	fmt_k::Elem *k = K + pages.key(pos);
	k[(i64)(at.first / 8) * 8 * PageTokens + at.first % 8] = fmt_k::encode(a);
	k[(i64)(at.second / 8) * 8 * PageTokens + at.second % 8] = fmt_k::encode(b);
}
