// What every kernel knows: names of numbers, addresses and lanes. hiprtc's own
// names differ between versions, so these are ours.
#pragma once

typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
typedef _Float16 Half;

#define DEVICE static __device__ __forceinline__
#define MEMBER __device__ __forceinline__

// Sixteen bytes: the widest load of a lane.
struct alignas(16) B16 {
	u32 x, y, z, w;
};

// What the lower and the upper nibbles of a word's bytes stand for.
struct Nibbles {
	u32 lo, hi;
};

// Eight bytes.
struct alignas(8) B8 {
	u32 x, y;
};

DEVICE float from_bits(u32 x) { return __uint_as_float(x); }
DEVICE float infinity() { return from_bits(0x7f800000); }
DEVICE float not_a_number() { return from_bits(0x7fc00000); }

// from_half reads a half float out of the low 16 bits of a word.
DEVICE float from_half(u32 x) {
	const u16 low = (u16)x;
	Half h;
	__builtin_memcpy(&h, &low, 2);
	return (float)h;
}

// from_bfloat reads a bfloat16 out of the low 16 bits of a word.
DEVICE float from_bfloat(u32 x) { return from_bits(x << 16); }

// half_of rounds x to a half float. Numbers beyond its range become its largest:
// an outlier of a model must not become an infinity. A NaN stays one.
DEVICE Half half_of(float x) { return (Half)(x > 65504.0f ? 65504.0f : x < -65504.0f ? -65504.0f : x); }

// to_half is the bits of half_of.
DEVICE u32 to_half(float x) {
	const Half h = half_of(x);
	u16 b;
	__builtin_memcpy(&b, &h, 2);
	return b;
}

DEVICE u32 pack_halves(float low, float high) { return to_half(low) | to_half(high) << 16; }

// byte_at is byte i of a word as a signed number.
DEVICE float byte_at(u32 word, int i) { return (float)(i8)(word >> (8 * i)); }

DEVICE u32 load4(const void *p) { return *(const u32 *)p; }
DEVICE u32 load2(const void *p) { return *(const u16 *)p; }
DEVICE B8 load8(const void *p) { return *(const B8 *)p; }
DEVICE B16 load16(const void *p) { return *(const B16 *)p; }
DEVICE float4 load_floats(const float *p) { return *(const float4 *)p; }
DEVICE void store16(void *p, B16 v) { *(B16 *)p = v; }

DEVICE int lane() { return threadIdx.x % WAVE; }
DEVICE int wave() { return threadIdx.x / WAVE; }

DEVICE i32 least(i32 a, i32 b) { return a < b ? a : b; }
DEVICE i32 most(i32 a, i32 b) { return a > b ? a : b; }

// larger_size is the larger of two numbers without a sign, as their bits are: a
// NaN is the largest.
DEVICE float larger_size(float a, float b) {
	const u32 x = __float_as_uint(a) & 0x7fffffff, y = __float_as_uint(b) & 0x7fffffff;
	return from_bits(x > y ? x : y);
}

// largest_of is the largest size in a group of N lanes, in each of them.
template <int N>
DEVICE float largest_of(float x) {
	float size = larger_size(x, x);
#pragma unroll
	for (int i = N / 2; i > 0; i /= 2)
		size = larger_size(size, __shfl_xor(size, i, 32));
	return size;
}
