// Attention of single tokens over a paged cache, first stage: a group does the
// GROUP query heads of one key head for one of Splits parts of the keys, 64 keys
// at a time. What it leaves in Work is, for each head and part, the largest
// score, the sum of the exponentials and the weighted sum of the values.
#include "fmt_k.h"
#include "lib/kv_mxfp6.h"
#include "lib/reduce.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(const u8 *K, const u8 *V, const i32 *Pages, i32 MaxPages,
                                                             i32 PageTokens, i32 KVHeads, i32 HeadDim, u32 Type, void *Y,
                                                             const float *Q, const i32 *Pos, const i32 *Seq, float *Work,
                                                             i32 Tokens, i32 Heads, i32 StrideQ, i32 StrideY, i32 Window,
                                                             float Scale, i32 Splits, i32 YForm) {
	typedef KVFormat<fmt_k> Format;
	constexpr int KEYS = 64, PARTS = THREADS / HEAD_DIM; // of a tile's keys, for values
	constexpr int SLICES = THREADS / KEYS, OCTETS = HEAD_DIM / 8;
	constexpr int K_EACH = (OCTETS + SLICES - 1) / SLICES, V_EACH = (KEYS / 8 + PARTS - 1) / PARTS;
	__shared__ alignas(16) float q[GROUP][HEAD_DIM], p[GROUP][KEYS];
	__shared__ float shrink[GROUP], largest[GROUP], total[GROUP];
	// Scores first, [SLICES][GROUP][KEYS], then sums, [PARTS][GROUP][HEAD_DIM].
	__shared__ float scratch[GROUP * THREADS];

	const i32 split = blockIdx.x, head = blockIdx.y, token = blockIdx.z, tid = threadIdx.x;
	const i32 pos = Pos[token], first = first_visible(pos, Window), end = pos + 1;
	const KVPages<HEAD_DIM> pages = {Pages + (i64)Seq[token] * MaxPages, PageTokens, KVHeads, head};
	const int slice = tid / KEYS, part = tid / HEAD_DIM, d = tid % HEAD_DIM;

	for (i32 i = tid; i < GROUP * HEAD_DIM; i += THREADS)
		q[i / HEAD_DIM][i % HEAD_DIM] = Q[(i64)token * StrideQ + head * GROUP * HEAD_DIM + i] * Scale;
	if (tid < GROUP) {
		largest[tid] = -infinity();
		total[tid] = 0;
	}

	// Tiles are counted from the one that holds the first key.
	const i32 tile0 = first / KEYS, tiles = (end + KEYS - 1) / KEYS - tile0, each = (tiles + Splits - 1) / Splits;
	const i32 from = tile0 + split * each, to = least(from + each, tile0 + tiles);
	float acc[GROUP] = {};
	for (i32 tile = from; tile < to; tile++) {
		// Everything of the tile is asked for before any of it is used.
		const i32 key = tile * KEYS + tid % KEYS;
		const bool seen = key >= first && key < end;
		Format::Key k[K_EACH] = {};
		Format::Value v[V_EACH] = {};
		const KVTile<HEAD_DIM> at = pages.tile(tile * KEYS, KEYS);
		if (seen)
#pragma unroll
			for (int i = 0; i < K_EACH; i++)
				if (slice + i * SLICES < OCTETS)
					k[i] = Format::load_key<true>(K, at, key, slice + i * SLICES, PageTokens);
#pragma unroll
		for (int i = 0; i < V_EACH; i++) {
			const i32 o = part + i * PARTS, pos0 = tile * KEYS + 8 * o;
			if (part < PARTS && o < KEYS / 8 && pos0 < end && pos0 + 8 > first)
				v[i] = Format::load_value<true>(V, at, pos0, d);
		}

		__syncthreads(); // q is there, and p no longer read
		float s[GROUP] = {};
#pragma unroll
		for (int i = 0; i < K_EACH; i++) {
			if (slice + i * SLICES >= OCTETS)
				continue;
			float x[8];
			Format::floats(k[i], x);
#pragma unroll
			for (int g = 0; g < GROUP; g++) {
				const float *y = &q[g][8 * (slice + i * SLICES)];
				const float4 a = load_floats(y), b = load_floats(y + 4);
				s[g] += x[0] * a.x + x[1] * a.y + x[2] * a.z + x[3] * a.w + x[4] * b.x + x[5] * b.y + x[6] * b.z +
				        x[7] * b.w;
			}
		}
#pragma unroll
		for (int g = 0; g < GROUP; g++)
			scratch[(slice * GROUP + g) * KEYS + tid % KEYS] = seen ? s[g] : -infinity();
		__syncthreads();

		// A wave turns a head's scores into probabilities.
		for (int g = wave(); g < GROUP; g += THREADS / WAVE) {
			float x[KEYS / WAVE], top = largest[g];
#pragma unroll
			for (int i = 0; i < KEYS / WAVE; i++) {
				x[i] = scratch[g * KEYS + lane() + i * WAVE];
#pragma unroll
				for (int j = 1; j < SLICES; j++)
					x[i] += scratch[(j * GROUP + g) * KEYS + lane() + i * WAVE];
				top = fmaxf(top, x[i]);
			}
			top = wave_max(top);
			float sum = 0;
#pragma unroll
			for (int i = 0; i < KEYS / WAVE; i++) {
				const float e = top == -infinity() ? 0 : expf(x[i] - top);
				p[g][lane() + i * WAVE] = e;
				sum += e;
			}
			sum = wave_sum(sum);
			if (lane() == 0) {
				const float by = top == -infinity() ? 1 : expf(largest[g] - top);
				shrink[g] = by;
				total[g] = total[g] * by + sum;
				largest[g] = top;
			}
		}
		__syncthreads();

#pragma unroll
		for (int g = 0; g < GROUP; g++)
			acc[g] *= shrink[g];
#pragma unroll
		for (int i = 0; i < V_EACH; i++) {
			const i32 o = part + i * PARTS, pos0 = tile * KEYS + 8 * o;
			if (part >= PARTS || o >= KEYS / 8)
				continue;
			float x[8];
			Format::floats(v[i], x);
			// Not even zero times what nobody wrote will do.
#pragma unroll
			for (int j = 0; j < 8; j++)
				x[j] = pos0 + j >= first && pos0 + j < end ? x[j] : 0;
#pragma unroll
			for (int g = 0; g < GROUP; g++) {
				const float4 a = load_floats(&p[g][8 * o]), b = load_floats(&p[g][8 * o + 4]);
				acc[g] += x[0] * a.x + x[1] * a.y + x[2] * a.z + x[3] * a.w + x[4] * b.x + x[5] * b.y + x[6] * b.z +
				          x[7] * b.w;
			}
		}
	}

	if (part < PARTS)
#pragma unroll
		for (int g = 0; g < GROUP; g++)
			scratch[(part * GROUP + g) * HEAD_DIM + d] = acc[g];
	__syncthreads();
	for (i32 i = tid; i < GROUP * HEAD_DIM; i += THREADS) {
		const i32 g = i / HEAD_DIM, e = i % HEAD_DIM;
		float *to = Work + (((i64)token * Heads + head * GROUP + g) * Splits + split) * (HEAD_DIM + 2);
		float y = 0;
#pragma unroll
		for (int j = 0; j < PARTS; j++)
			y += scratch[(j * GROUP + g) * HEAD_DIM + e];
		to[e] = y;
		if (e < 2)
			to[HEAD_DIM + e] = e == 0 ? largest[g] : total[g];
	}
}
