// Attention of single tokens over a paged cache, first stage: a group does the
// GROUP query heads of one key head for one of Splits parts of the keys, 64 keys
// at a time. What it leaves in Work is, for each head and part, the largest
// score, the sum of the exponentials and the weighted sum of the values.
#include "fmt_k.h"
#include "lib/kv.h"
#include "lib/reduce.h"

extern "C" __global__ __launch_bounds__(THREADS) void KERNEL(const u8 *K, const u8 *V, const i32 *Pages, i32 MaxPages,
                                                             i32 PageTokens, i32 KVHeads, i32 HeadDim, u32 Type, float *Y,
                                                             const float *Q, const i32 *Pos, const i32 *Seq, float *Work,
                                                             i32 Tokens, i32 Heads, i32 StrideQ, i32 StrideY, i32 Window,
                                                             float Scale, i32 Splits) {
	constexpr int KEYS = 64, SLICES = THREADS / KEYS, OCTETS = HEAD_DIM / 8;
	constexpr int PARTS = HEAD_DIM >= THREADS ? 1 : THREADS / HEAD_DIM; // of a tile's keys, for values
	constexpr int EACH = HEAD_DIM > THREADS ? (HEAD_DIM + THREADS - 1) / THREADS : 1;
	__shared__ alignas(16) float q[GROUP][HEAD_DIM], score[SLICES][GROUP][KEYS], p[GROUP][KEYS];
	__shared__ float shrink[GROUP], largest[GROUP], total[GROUP], sums[PARTS > 1 ? PARTS : 1][GROUP][HEAD_DIM];

	const i32 split = blockIdx.x, head = blockIdx.y, token = blockIdx.z, tid = threadIdx.x;
	const i32 pos = Pos[token], first = first_visible(pos, Window), end = pos + 1;
	const KVPages<HEAD_DIM> pages = {Pages + (i64)Seq[token] * MaxPages, PageTokens, KVHeads, head};

	for (i32 i = tid; i < GROUP * HEAD_DIM; i += THREADS)
		q[i / HEAD_DIM][i % HEAD_DIM] = Q[(i64)token * StrideQ + head * GROUP * HEAD_DIM + i] * Scale;
	if (tid < GROUP) {
		largest[tid] = -infinity();
		total[tid] = 0;
	}
	__syncthreads();

	// Tiles are counted from the one that holds the first key.
	const i32 tile0 = first / KEYS, tiles = (end + KEYS - 1) / KEYS - tile0, each = (tiles + Splits - 1) / Splits;
	const i32 from = tile0 + split * each, to = least(from + each, tile0 + tiles);
	float acc[GROUP][EACH] = {};
	for (i32 tile = from; tile < to; tile++) {
		const i32 key = tile * KEYS + tid % KEYS, slice = tid / KEYS;
		const bool seen = key >= first && key < end;
		float s[GROUP] = {};
		if (seen) {
			const i64 at = pages.key(key);
#pragma unroll 4
			for (int o = slice; o < OCTETS; o += SLICES) {
				float k[8];
				fmt_k::load8(K, at + (i64)o * 8 * PageTokens, k);
#pragma unroll
				for (int g = 0; g < GROUP; g++) {
					const float4 a = load_floats(&q[g][8 * o]), b = load_floats(&q[g][8 * o + 4]);
					s[g] += k[0] * a.x + k[1] * a.y + k[2] * a.z + k[3] * a.w + k[4] * b.x + k[5] * b.y + k[6] * b.z +
					        k[7] * b.w;
				}
			}
		}
#pragma unroll
		for (int g = 0; g < GROUP; g++)
			score[slice][g][tid % KEYS] = seen ? s[g] : -infinity();
		__syncthreads();

		// A wave turns a head's scores into probabilities.
		for (int g = wave(); g < GROUP; g += THREADS / WAVE) {
			float x[KEYS / WAVE], top = largest[g];
#pragma unroll
			for (int i = 0; i < KEYS / WAVE; i++) {
				x[i] = score[0][g][lane() + i * WAVE];
#pragma unroll
				for (int j = 1; j < SLICES; j++)
					x[i] += score[j][g][lane() + i * WAVE];
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
#pragma unroll
			for (int i = 0; i < EACH; i++)
				acc[g][i] *= shrink[g];
		const int part = EACH > 1 ? 0 : tid / HEAD_DIM;
		if (part < PARTS)
			for (int o = part; o < KEYS / 8; o += PARTS) {
				const i32 pos0 = tile * KEYS + 8 * o;
				if (pos0 >= end || pos0 + 8 <= first)
					continue;
				const i64 at = pages.value(pos0);
#pragma unroll
				for (int i = 0; i < EACH; i++) {
					const int d = EACH > 1 ? tid + i * THREADS : tid % HEAD_DIM;
					if (EACH > 1 && d >= HEAD_DIM)
						continue;
					float v[8];
					fmt_k::load8(V, at + 8 * d, v);
					// Not even zero times what nobody wrote will do.
#pragma unroll
					for (int j = 0; j < 8; j++)
						v[j] = pos0 + j >= first && pos0 + j < end ? v[j] : 0;
#pragma unroll
					for (int g = 0; g < GROUP; g++) {
						const float4 a = load_floats(&p[g][8 * o]), b = load_floats(&p[g][8 * o + 4]);
						acc[g][i] += v[0] * a.x + v[1] * a.y + v[2] * a.z + v[3] * a.w + v[4] * b.x + v[5] * b.y +
						             v[6] * b.z + v[7] * b.w;
					}
				}
			}
		__syncthreads();
	}

	if (PARTS > 1) {
		if (tid / HEAD_DIM < PARTS)
#pragma unroll
			for (int g = 0; g < GROUP; g++)
				sums[tid / HEAD_DIM][g][tid % HEAD_DIM] = acc[g][0];
		__syncthreads();
	}
#pragma unroll
	for (int g = 0; g < GROUP; g++) {
		float *to = Work + (((i64)token * Heads + head * GROUP + g) * Splits + split) * (HEAD_DIM + 2);
		if (tid == 0) {
			to[HEAD_DIM] = largest[g];
			to[HEAD_DIM + 1] = total[g];
		}
#pragma unroll
		for (int i = 0; i < EACH; i++) {
			const int d = tid + i * THREADS;
			if (d >= HEAD_DIM)
				continue;
			float y = acc[g][i];
			if (PARTS > 1) {
				y = 0;
#pragma unroll
				for (int j = 0; j < PARTS; j++)
					y += sums[j][g][d];
			}
			to[d] = y;
		}
	}
}
