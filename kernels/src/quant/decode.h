// Any format's chunk of 32 elements as floats or as halves.
#pragma once
#include "quant/codes.h"

// SmallHalves are formats whose codes are no bytes to multiply with: a chunk gives
// halves, eight at a time, perhaps with a scale.
template <class F>
concept SmallHalves = requires(F f) { f.eight(0); };

// chunk_scale is what a chunk's halves are to be multiplied by.
template <class F>
DEVICE float chunk_scale(const F &chunk) {
	if constexpr (requires { chunk.scale(); })
		return chunk.scale();
	return 1;
}

// A Piece is what a lane holds of a chunk between loading and decoding it: half
// 'part' of it, which is elements 8*part to 8*part+7 and 16 further; or, with
// ALL, both.
template <class F, bool ALL = false, bool ONCE = true, bool FLOAT = F::FLOAT>
struct Piece;

template <class F, bool ALL, bool ONCE>
struct Piece<F, ALL, ONCE, false> {
	F chunk;

	MEMBER void load(const u8 *row, int K, int c, int) { chunk.template load<ONCE>(row, K, c); }
	// decode gives the 16 elements of a part. Words are chosen, not places: no
	// register is indexed by a variable.
	MEMBER void decode(int part, float (&v)[16]) const {
		const Scales s = chunk.scales();
#pragma unroll
		for (int i = 0; i < 2; i++) {
			const u32 lo = part == 0 ? chunk.lo(i) : chunk.lo(2 + i), hi = part == 0 ? chunk.hi(i) : chunk.hi(2 + i);
#pragma unroll
			for (int j = 0; j < 4; j++) {
				v[4 * i + j] = F::OFFSET ? fmaf(byte_at(lo, j), s.mul0, s.add0) : byte_at(lo, j) * s.mul0;
				v[8 + 4 * i + j] = F::OFFSET ? fmaf(byte_at(hi, j), s.mul1, s.add1) : byte_at(hi, j) * s.mul1;
			}
		}
	}
	// halves gives the first and the last 8 elements of a part. Factors are
	// rounded, and then their product or sum with a code.
	template <int PART>
	MEMBER void halves(B16 (&v)[2]) const {
		const Scales s = chunk.scales();
		v[0] = eight(chunk.lo(2 * PART), chunk.lo(2 * PART + 1), s.mul0, s.add0);
		v[1] = eight(chunk.hi(2 * PART), chunk.hi(2 * PART + 1), s.mul1, s.add1);
	}
	static MEMBER B16 eight(u32 codes0, u32 codes1, float mul, float add) {
		const u32 m = pack_halves(mul, mul), a = F::OFFSET ? pack_halves(add, add) : 0;
		return B16{two<0>(codes0, m, a), two<1>(codes0, m, a), two<0>(codes1, m, a), two<1>(codes1, m, a)};
	}
	// two makes halves of two of a word's four signed bytes: with 0x64 above
	// it, a byte is the half float 1024 + byte.
	template <int PAIR>
	static MEMBER u32 two(u32 codes, u32 mul, u32 add) {
		const u32 code = sub_halves(with_byte<PAIR>(codes ^ 0x80808080), 0x64806480);
		return F::OFFSET ? fma_halves(code, mul, add) : mul_halves(code, mul);
	}
};

template <SmallHalves F, bool ALL, bool ONCE>
struct Piece<F, ALL, ONCE, false> {
	F chunk;

	MEMBER void load(const u8 *row, int K, int c, int) { chunk.template load<ONCE>(row, K, c); }
	MEMBER void decode(int part, float (&v)[16]) const {
		const float by = chunk_scale(chunk);
		const B16 b[2] = {part == 0 ? chunk.eight(0) : chunk.eight(1), part == 0 ? chunk.eight(2) : chunk.eight(3)};
#pragma unroll
		for (int i = 0; i < 16; i++)
			v[i] = from_half(word_at(b[i / 8], i % 8 / 2) >> (16 * (i % 2))) * by;
	}
	template <int PART>
	MEMBER void halves(B16 (&v)[2]) const {
		v[0] = scaled(chunk.eight(PART));
		v[1] = scaled(chunk.eight(2 + PART));
	}
	MEMBER B16 scaled(const B16 &v) const {
		if constexpr (requires { chunk.scale(); }) {
			const u32 m = pack_halves(chunk.scale(), chunk.scale());
			return B16{mul_halves(v.x, m), mul_halves(v.y, m), mul_halves(v.z, m), mul_halves(v.w, m)};
		}
		return v;
	}
};

template <class F, bool ALL, bool ONCE>
struct Piece<F, ALL, ONCE, true> {
	typename F::Eight e[ALL ? 4 : 2];

	MEMBER void load(const u8 *row, int, int c, int part) {
#pragma unroll
		for (int i = 0; i < (ALL ? 4 : 2); i++)
			e[i] = F::template load_eight<ONCE>(row, 32 * c + i % 2 * 16 + 8 * (ALL ? i / 2 : part));
	}
	MEMBER void decode(int part, float (&v)[16]) const {
		float v8[2][8];
		F::floats(e[ALL ? 2 * part : 0], v8[0]);
		F::floats(e[ALL ? 2 * part + 1 : 1], v8[1]);
#pragma unroll
		for (int i = 0; i < 16; i++)
			v[i] = v8[i / 8][i % 8];
	}
	template <int PART>
	MEMBER void halves(B16 (&v)[2]) const {
		v[0] = F::halves(e[ALL ? 2 * PART : 0]);
		v[1] = F::halves(e[ALL ? 2 * PART + 1 : 1]);
	}
};
