// Repack: a thread brings a chunk of 32 elements from a file's blocks into the
// planes of its row.
#include "fmt_w.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(u8 *Dst, const u8 *Src, i32 M, i32 K, u32 SrcType, u32 DstType,
                                                         u8 Layout, float Scale) {
	constexpr int PARTS = fmt_w::BLOCK / 32;
	const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
	const i32 chunks = K / 32;
	if (i >= (i64)M * chunks)
		return;
	const i64 row = i / chunks;
	const i32 c = (i32)(i % chunks);
	u8 *dst = Dst + row * fmt_w::row_bytes(K);
	const u8 *block = Src + (row * (K / fmt_w::BLOCK) + c / PARTS) * fmt_w::BLOCK_BYTES;
	fmt_w::repack(dst, K, c, block, c % PARTS);
	if (c == 0)
		put_row_scale<fmt_w>(dst, K, Scale == 0 ? 1 : Scale);
	// What rounds a row up is zero, so that a weight's bytes are the same each time.
	if (c == 0)
		for (u32 b = fmt_w::used_bytes(K); b < fmt_w::row_bytes(K); b++)
			dst[b] = 0;
}
