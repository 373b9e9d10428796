// NVIDIA GPUs with warps of 32 lanes, through a HIP that stands on CUDA.
#pragma once
#include "lib/base.h"
#include "lib/shuffle.h"

// stream16 and stream8 load what is read once and must not push others out of the
// caches.
DEVICE B16 stream16(const void *p) {
	B16 v;
	asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
	             : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
	             : "l"(p));
	return v;
}

DEVICE B8 stream8(const void *p) {
	B8 v;
	asm volatile("ld.global.nc.L1::no_allocate.v2.u32 {%0,%1}, [%2];" : "=r"(v.x), "=r"(v.y) : "l"(p));
	return v;
}

// dot4 is c plus the product of four signed bytes each.
DEVICE i32 dot4(u32 a, u32 b, i32 c) { return __dp4a((int)a, (int)b, c); }

// Two half floats in a word.
DEVICE u32 sub_halves(u32 a, u32 b) {
	u32 r;
	asm("sub.f16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
	return r;
}

DEVICE u32 mul_halves(u32 a, u32 b) {
	u32 r;
	asm("mul.f16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));
	return r;
}

DEVICE u32 fma_halves(u32 a, u32 b, u32 c) {
	u32 r;
	asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
	return r;
}

// with_byte puts byte 0x64 above each of the lower or the upper two bytes.
template <int PAIR>
DEVICE u32 with_byte(u32 bytes) { return __byte_perm(bytes, 0x64646464, PAIR == 0 ? 0x4140 : 0x4342); }

// even_bytes are bytes 0 and 2 of a, then those of b.
DEVICE u32 even_bytes(u32 a, u32 b) { return __byte_perm(a, b, 0x6420); }

// high_bytes makes the lower or the upper two bytes the upper ones of halves.
template <int PAIR>
DEVICE u32 high_bytes(u32 bytes) { return __byte_perm(bytes, 0, PAIR == 0 ? 0x1404 : 0x3424); }

// wave_sync lets a wave read from LDS what its lanes wrote.
DEVICE void wave_sync() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

// lookup4 replaces the lower four nibbles of n by bytes of a table.
DEVICE u32 lookup4(u32 n, const u32 (&table)[4]) {
	const u32 low = __byte_perm(table[0], table[1], n & 0x7777);
	const u32 high = __byte_perm(table[2], table[3], n & 0x7777);
	return __byte_perm(low, high, 0x3210 | (n & 0x8888) >> 1);
}

// lookup_nibbles replaces the nibbles of q by bytes of a table.
DEVICE Nibbles lookup_nibbles(u32 q, const u32 (&table)[4]) {
	const u32 a = lookup4(q, table), b = lookup4(q >> 16, table);
	return Nibbles{__byte_perm(a, b, 0x6420), __byte_perm(a, b, 0x7531)};
}

// A tile is a product of 16 rows and 16 columns over MMA_K elements. Both
// operands lie in LDS with k innermost. Element i of an accumulator is of row
// acc_row(i), column acc_col(i); it shares its row with those of the same
// acc_slot(i) in the lane, and with ROW_LANES lanes.
#define MATRIX 1
constexpr int MMA_K = 16, ACC = 8, SLOTS = 2, ROW_LANES = 4;

// AHEAD_DIM is the largest head whose keys attention loads ahead.
constexpr int AHEAD_DIM = 128;

struct Fragment {
	u32 r[4];
};

DEVICE u32 shared_address(const void *p) { return (u32)__cvta_generic_to_shared(p); }

DEVICE Fragment load_matrix(const Half *p) {
	Fragment f;
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
	             : "=r"(f.r[0]), "=r"(f.r[1]), "=r"(f.r[2]), "=r"(f.r[3])
	             : "r"(shared_address(p)));
	return f;
}

// load_rows loads 16 rows of the left operand, stride halves apart.
DEVICE Fragment load_rows(const Half *tile, int stride) {
	return load_matrix(tile + (lane() % 16) * stride + lane() / 16 * 8);
}

// load_cols loads 16 columns of the right operand.
DEVICE Fragment load_cols(const Half *tile, int stride) {
	return load_matrix(tile + (lane() % 8 + lane() / 16 * 8) * stride + lane() / 8 % 2 * 8);
}

DEVICE void mma_8(float *c, const u32 *a, const u32 *b) {
	asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
	             : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
	             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE void mma(float (&c)[ACC], const Fragment &a, const Fragment &b) {
	mma_8(c, a.r, b.r);
	mma_8(c + 4, a.r, b.r + 2);
}

DEVICE int acc_row(int i) { return lane() / 4 + i / 2 % 2 * 8; }
DEVICE int acc_col(int i) { return lane() % 4 * 2 + i % 2 + i / 4 * 8; }
DEVICE constexpr int acc_slot(int i) { return i / 2 % 2; }
DEVICE int slot_row(int s) { return lane() / 4 + s * 8; }
