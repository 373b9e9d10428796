// Dequantize: a thread decodes a piece of 16 elements of a row to half floats.
#include "fmt_w.h"
#include "quant/decode.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(u16 *Y, const u8 *W, i32 M, i32 UNUSED_K, u32 Type, u8 Layout, i32 YStride) {
	const i32 i = blockIdx.x * 256 + threadIdx.x, m = blockIdx.y, chunk = i / 2, part = i % 2;
	if (chunk >= K / 32)
		return;
	const u8 *row = W + (i64)m * fmt_w::row_bytes(K);
	Piece<fmt_w> piece;
	piece.load(row, K, chunk, part);
	float v[16];
	piece.decode(part, v);
	const float by = row_scale<fmt_w>(row, K);
	u16 *y = Y + (i64)m * YStride + 32 * chunk + 8 * part;
#pragma unroll
	for (int j = 0; j < 16; j++)
		y[j % 8 + j / 8 * 16] = (u16)to_half(v[j] * by);
}
