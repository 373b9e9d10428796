// What all AMD GPUs share.
#pragma once
#include "lib/base.h"

typedef u32 native16 __attribute__((ext_vector_type(4)));

// stream16 loads what is read once and must not push others out of the caches.
DEVICE B16 stream16(const void *p) {
	const native16 v = __builtin_nontemporal_load((const native16 *)p);
	return B16{v.x, v.y, v.z, v.w};
}

// wave_sync lets a wave read from LDS what its lanes wrote.
DEVICE void wave_sync() {
	__builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
	__builtin_amdgcn_wave_barrier();
	__builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}

// lookup16 replaces each byte of n, a number below 16, by that byte of a table.
DEVICE u32 lookup16(u32 n, const u32 (&table)[4]) {
	const u32 select = n & 0x07070707;
	const u32 low = __builtin_amdgcn_perm(table[1], table[0], select);
	const u32 high = __builtin_amdgcn_perm(table[3], table[2], select);
	const u32 upper = (n >> 3 & 0x01010101) * 0xff;
	return (high & upper) | (low & ~upper);
}
