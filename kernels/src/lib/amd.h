// What all AMD GPUs share.
#pragma once
#include "lib/base.h"

typedef u32 native_b16 __attribute__((ext_vector_type(4)));
typedef u32 native_b8 __attribute__((ext_vector_type(2)));

// stream16 and stream8 load what is read once and must not push others out of the
// caches.
DEVICE B16 stream16(const void *p) {
	const native_b16 v = __builtin_nontemporal_load((const native_b16 *)p);
	return B16{v.x, v.y, v.z, v.w};
}

DEVICE B8 stream8(const void *p) {
	const native_b8 v = __builtin_nontemporal_load((const native_b8 *)p);
	return B8{v.x, v.y};
}

// Two half floats in a word.
typedef Half native_halves __attribute__((ext_vector_type(2)));

union Halves {
	u32 word;
	native_halves v;
};

DEVICE u32 sub_halves(u32 a, u32 b) {
	Halves r;
	r.v = Halves{a}.v - Halves{b}.v;
	return r.word;
}

DEVICE u32 mul_halves(u32 a, u32 b) {
	Halves r;
	r.v = Halves{a}.v * Halves{b}.v;
	return r.word;
}

DEVICE u32 fma_halves(u32 a, u32 b, u32 c) {
	Halves r;
	r.v = __builtin_elementwise_fma(Halves{a}.v, Halves{b}.v, Halves{c}.v);
	return r.word;
}

// with_byte puts byte 0x64 above each of the lower or the upper two bytes.
template <int PAIR>
DEVICE u32 with_byte(u32 bytes) {
	return __builtin_amdgcn_perm(0x64646464, bytes, PAIR == 0 ? 0x04010400 : 0x04030402);
}

// even_bytes are bytes 0 and 2 of a, then those of b.
DEVICE u32 even_bytes(u32 a, u32 b) { return __builtin_amdgcn_perm(b, a, 0x06040200); }

// high_bytes makes the lower or the upper two bytes the upper ones of halves.
template <int PAIR>
DEVICE u32 high_bytes(u32 bytes) {
	return __builtin_amdgcn_perm(0, bytes, PAIR == 0 ? 0x010c000c : 0x030c020c);
}

// wave_sync lets a wave read from LDS what its lanes wrote.
DEVICE void wave_sync() {
	__builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
	__builtin_amdgcn_wave_barrier();
	__builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}

// lookup16 replaces each byte of n, a number below 16, by that byte of a table.
DEVICE u32 lookup16(u32 n, const u32 (&table)[4]) {
	const u32 low = __builtin_amdgcn_perm(table[1], table[0], n & 0x07070707);
	const u32 high = __builtin_amdgcn_perm(table[3], table[2], n & 0x07070707);
	return __builtin_amdgcn_perm(high, low, 0x03020100 | (n >> 1 & 0x04040404));
}

// lookup_nibbles replaces the nibbles of q by bytes of a table.
DEVICE Nibbles lookup_nibbles(u32 q, const u32 (&table)[4]) {
	return Nibbles{lookup16(q & 0x0f0f0f0f, table), lookup16(q >> 4 & 0x0f0f0f0f, table)};
}
