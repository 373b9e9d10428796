// Embedding: a thread decodes a piece of 16 elements of a token's row. The row
// of an id that is not in the vocabulary is NaN.
#include "fmt_w.h"
#include "quant/decode.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(float *Y, const u8 *W, const i32 *IDs, i32 Tokens, i32 Dim, i32 Vocab,
                                                         u32 Type, u8 Layout, float Scale) {
	const i32 i = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y, chunk = i / 2, part = i % 2;
	if (chunk >= DIM / 32)
		return;
	const i32 id = IDs[token];
	float v[16];
	if (id >= 0 && id < Vocab) {
		Piece<fmt_w> piece;
		const u8 *row = W + (i64)id * fmt_w::row_bytes(DIM);
		piece.load(row, DIM, chunk, part);
		piece.decode(part, v);
#pragma unroll
		for (int j = 0; j < 16; j++)
			v[j] *= row_scale<fmt_w>(row, DIM);
	} else {
#pragma unroll
		for (int j = 0; j < 16; j++)
			v[j] = not_a_number();
	}
	float *y = Y + (i64)token * DIM + 32 * chunk + 8 * part;
#pragma unroll
	for (int j = 0; j < 16; j += 4)
		*(float4 *)(y + j % 8 + j / 8 * 16) = make_float4(v[j] * Scale, v[j + 1] * Scale, v[j + 2] * Scale, v[j + 3] * Scale);
}
