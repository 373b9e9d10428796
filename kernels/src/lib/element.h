// The small floats of OCP MX 1.0 and OFP8 1.0: encoding, and the scales of
// blocks, as package mxfp has them.
#pragma once
#include "lib/base.h"

// MAN bits of mantissa; LEAST and TOP are the exponents of the least normal and
// of the largest number, SIGN is the bit of a code.
struct E2M1 {
	static constexpr int MAN = 1, LEAST = 0, TOP = 2, SIGN = 8;
	static constexpr float MAX = 6;
};

struct E2M3 {
	static constexpr int MAN = 3, LEAST = 0, TOP = 2, SIGN = 32;
	static constexpr float MAX = 7.5f;
};

struct E3M2 {
	static constexpr int MAN = 2, LEAST = -2, TOP = 4, SIGN = 32;
	static constexpr float MAX = 28;
};

struct E4M3 {
	static constexpr int MAN = 3, LEAST = -6, TOP = 8, SIGN = 128;
	static constexpr float MAX = 448;
};

// Rounded is the number without a sign that comes nearest to x, of two the one
// with an even mantissa, or MAX: a number is clipped before it is rounded. One
// addition rounds: its sum has a step of the element's for its last bit.
template <class E>
struct Rounded {
	u32 exponent; // biased
	float big, sum;

	MEMBER Rounded(float x) {
		const float y = fminf(fabsf(x), E::MAX);
		exponent = (u32)most((i32)(__float_as_uint(y) >> 23), 127 + E::LEAST);
		big = from_bits((exponent + 23 - E::MAN) << 23);
		sum = y + big;
	}
	MEMBER float value() const { return sum - big; }
	// code has the leading one of the mantissa added to its exponent.
	MEMBER u32 code() const { return (__float_as_uint(sum) & 255) + ((exponent - (127 + E::LEAST)) << E::MAN); }
};

// encode is the code of x, with its sign; a NaN is one where there is a code for
// it.
template <class E>
DEVICE u32 encode(float x) {
	if (E::SIGN == 128 && x != x)
		return 0x7f;
	return Rounded<E>(x).code() | (__float_as_uint(x) >> 31 ? E::SIGN : 0);
}

// encode_unsigned_zero is encode, of an element of a block: there zeros have no
// sign.
template <class E>
DEVICE u32 encode_unsigned_zero(float x) {
	const u32 code = encode<E>(x);
	return code == E::SIGN ? 0 : code;
}

// A BlockScale is Quark's "even": the largest size is rounded to the elements'
// bits of mantissa, half away from zero, and its exponent is brought to TOP.
template <class E>
struct BlockScale {
	u32 e; // E8M0, at least 1; 255 for a NaN

	MEMBER BlockScale(float largest) {
		const u32 bits = __float_as_uint(largest);
		e = bits >= 0x7f800000 ? 255 : (u32)most((i32)((bits + (1u << (22 - E::MAN))) >> 23) - E::TOP, 1);
	}
	MEMBER float value() const { return e == 255 ? not_a_number() : from_bits(e << 23); }
	// inverse is what elements are multiplied by; those of a NaN become zeros.
	MEMBER float inverse() const { return e == 255 ? 0 : from_bits((254 - e) << 23); }
};
