// Causal attention of many tokens over a paged cache: a group
// does ROWS tokens of one query head, a wave 16 of them, KEYS keys at a time
// (Dao, "FlashAttention-2"). Keys and values go through LDS, from where the
// matrix units take them. Y is written in a form.
#include "fmt_k.h"
#include "lib/forms.h"
#include "lib/kv_mxfp6.h"

DEVICE void store_y(void *y, i64 at, float x) {
	if (FORM == HALF_ROWS)
		((u16 *)y)[at] = (u16)to_half(x);
	else
		((float *)y)[at] = x;
}

extern "C" __global__ __launch_bounds__(ROWS / 16 * WAVE) void KERNEL(const u8 *K, const u8 *V, const i32 *Pages, i32 MaxPages,
                                                                      i32 PageTokens, i32 KVHeads, i32 HeadDim, u32 Type, void *Y,
                                                                      const float *Q, const i32 *Pos, const i32 *Seq, float *Work,
                                                                      i32 Tokens, i32 Heads, i32 StrideQ, i32 StrideY, i32 Window,
                                                                      float Scale, i32 Splits, i32 YForm) {
	constexpr int THREADS = ROWS / 16 * WAVE, KEYS = HEAD_DIM <= 128 ? 32 : MMA_K;
	constexpr int PITCH = HEAD_DIM + 8, KEY_PITCH = KEYS + 8, COLS = KEYS / 16, DIMS = HEAD_DIM / 16;
	__shared__ alignas(16) Half qs[ROWS * PITCH], ks[KEYS * PITCH], vs[HEAD_DIM * KEY_PITCH], ps[ROWS * KEY_PITCH];
	__shared__ i32 pos[ROWS];

	const i32 t0 = blockIdx.x * ROWS, head = blockIdx.y, tid = threadIdx.x, rows = least(ROWS, Tokens - t0);
	const int row0 = wave() * 16;
	for (i32 i = tid; i < ROWS * HEAD_DIM; i += THREADS) {
		const i32 row = i / HEAD_DIM, d = i % HEAD_DIM;
		// Scores are exponents of two, not of e.
		const float x = row < rows ? Q[(i64)(t0 + row) * StrideQ + head * HEAD_DIM + d] * (Scale * 1.4426950408889634f) : 0;
		qs[row * PITCH + d] = half_of(x);
	}

	for (i32 i = tid; i < ROWS; i += THREADS)
		pos[i] = i < rows ? Pos[t0 + i] : -1;
	float largest[SLOTS], total[SLOTS], y[DIMS][ACC] = {};
#pragma unroll
	for (int s = 0; s < SLOTS; s++) {
		largest[s] = -infinity();
		total[s] = 0;
	}

	// While a tile of keys and values is being worked on, the next one is loaded,
	// if there are registers for it.
	constexpr int PIECES = KEYS * HEAD_DIM / 8, EACH = (PIECES + THREADS - 1) / THREADS;
	constexpr bool AHEAD = HEAD_DIM <= AHEAD_DIM;
	typedef KVFormat<fmt_k> Format;
	Format::Key kr[EACH];
	Format::Value vr[EACH];

	// A run is neighbouring tokens of one sequence, which may have another run.
	for (i32 run = 0; run < rows;) {
		const i32 sequence = Seq[t0 + run], start = run;
		i32 next = run + 1;
		while (next < rows && Seq[t0 + next] == sequence)
			next++;
		const i32 lowest = Pos[t0 + run], highest = Pos[t0 + next - 1];
		const i32 from = first_visible(lowest, Window), end = highest + 1;
		run = next;
		const KVPages<HEAD_DIM> pages = {Pages + (i64)sequence * MaxPages, PageTokens, KVHeads, head / GROUP};

		// Piece i of a tile's keys is 8 elements of a key, of its values an element
		// of 8.
		auto load_k = [&](i32 i, i32 key0) {
			const i32 key = key0 + i % KEYS;
			return i < PIECES && key < end ? Format::load_key<false>(K, pages, key, i / KEYS, PageTokens) : Format::Key{};
		};
		auto load_v = [&](i32 i, i32 key0) {
			const i32 key = key0 + i / HEAD_DIM * 8;
			return i < PIECES && key < end && key + 8 > from ? Format::load_value<false>(V, pages, key, i % HEAD_DIM) : Format::Value{};
		};
		auto store_k = [&](i32 i, const Format::Key &k) {
			if (i < PIECES)
				store16(ks + i % KEYS * PITCH + i / KEYS * 8, Format::halves(k));
		};
		auto store_v = [&](i32 i, i32 key0, const Format::Value &eight) {
			const i32 o = i / HEAD_DIM, key = key0 + 8 * o;
			if (i >= PIECES)
				return;
			B16 v = Format::halves(eight);
			// Not even zero times what nobody wrote will do.
			if (key < from || key + 8 > end) {
				u32 w[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
				for (int l = 0; l < 4; l++) {
					if (key + 2 * l < from || key + 2 * l >= end)
						w[l] &= 0xffff0000;
					if (key + 2 * l + 1 < from || key + 2 * l + 1 >= end)
						w[l] &= 0x0000ffff;
				}
				v = B16{w[0], w[1], w[2], w[3]};
			}
			store16(vs + i % HEAD_DIM * KEY_PITCH + 8 * o, v);
		};
		auto ahead = [&](i32 key0) {
#pragma unroll
			for (int j = 0; j < EACH; j++) {
				kr[j] = load_k(tid + j * THREADS, key0);
				vr[j] = load_v(tid + j * THREADS, key0);
			}
		};

		if (AHEAD)
			ahead(from / KEYS * KEYS);
		for (i32 key0 = from / KEYS * KEYS; key0 < end; key0 += KEYS) {
			__syncthreads();
			if constexpr (AHEAD) {
#pragma unroll
				for (int j = 0; j < EACH; j++) {
					store_k(tid + j * THREADS, kr[j]);
					store_v(tid + j * THREADS, key0, vr[j]);
				}
			} else {
				for (i32 i = tid; i < PIECES; i += THREADS)
					store_k(i, load_k(i, key0));
				for (i32 i = tid; i < PIECES; i += THREADS)
					store_v(i, key0, load_v(i, key0));
			}
			__syncthreads();
			if (AHEAD && key0 + KEYS < end)
				ahead(key0 + KEYS);

			float score[COLS][ACC] = {};
#pragma unroll
			for (int k = 0; k < HEAD_DIM; k += MMA_K) {
				const Fragment a = load_rows(qs + row0 * PITCH + k, PITCH);
#pragma unroll
				for (int c = 0; c < COLS; c++)
					mma(score[c], a, load_cols(ks + 16 * c * PITCH + k, PITCH));
			}

			float top[SLOTS], by[SLOTS], sum[SLOTS];
#pragma unroll
			for (int s = 0; s < SLOTS; s++)
				top[s] = largest[s];
			// Most tiles are seen by all rows. What rows that are no tokens
			// see does not matter.
			const bool all = start == 0 && next == rows && key0 + KEYS - 1 <= lowest && key0 >= first_visible(highest, Window);
			if (!all)
#pragma unroll
				for (int c = 0; c < COLS; c++)
#pragma unroll
					for (int e = 0; e < ACC; e++) {
						const int s = acc_slot(e);
						const i32 key = key0 + 16 * c + acc_col(e);
						const i32 row = row0 + slot_row(s), at = pos[row];
						const bool seen = row >= start && row < next && key <= at && key >= first_visible(at, Window);
						score[c][e] = seen ? score[c][e] : -infinity();
					}
#pragma unroll
			for (int c = 0; c < COLS; c++)
#pragma unroll
				for (int e = 0; e < ACC; e++)
					top[acc_slot(e)] = fmaxf(top[acc_slot(e)], score[c][e]);
#pragma unroll
			for (int s = 0; s < SLOTS; s++) {
#pragma unroll
				for (int i = ROW_LANES / 2; i > 0; i /= 2)
					top[s] = fmaxf(top[s], __shfl_xor(top[s], i));
				by[s] = top[s] == -infinity() ? 1 : exp2f(largest[s] - top[s]);
				largest[s] = top[s];
				sum[s] = 0;
			}
#pragma unroll
			for (int c = 0; c < COLS; c++)
#pragma unroll
				for (int e = 0; e < ACC; e++) {
					const int s = acc_slot(e);
					const float x = top[s] == -infinity() ? 0 : exp2f(score[c][e] - top[s]);
					sum[s] += x;
					ps[(row0 + acc_row(e)) * KEY_PITCH + 16 * c + acc_col(e)] = (Half)x;
				}
#pragma unroll
			for (int s = 0; s < SLOTS; s++) {
#pragma unroll
				for (int i = ROW_LANES / 2; i > 0; i /= 2)
					sum[s] += __shfl_xor(sum[s], i);
				total[s] = total[s] * by[s] + sum[s];
			}
#pragma unroll
			for (int d = 0; d < DIMS; d++)
#pragma unroll
				for (int e = 0; e < ACC; e++)
					y[d][e] *= by[acc_slot(e)];
			wave_sync();
#pragma unroll
			for (int k = 0; k < KEYS; k += MMA_K) {
				const Fragment a = load_rows(ps + row0 * KEY_PITCH + k, KEY_PITCH);
#pragma unroll
				for (int d = 0; d < DIMS; d++)
					mma(y[d], a, load_cols(vs + 16 * d * KEY_PITCH + k, KEY_PITCH));
			}
		}
	}

#pragma unroll
	for (int e = 0; e < ACC; e++) {
		const i32 row = row0 + acc_row(e);
		const float by = 1 / total[acc_slot(e)];
		if (row < rows)
#pragma unroll
			for (int d = 0; d < DIMS; d++)
				store_y(Y, (i64)(t0 + row) * StrideY + head * HEAD_DIM + 16 * d + acc_col(e), y[d][e] * by);
	}
}
