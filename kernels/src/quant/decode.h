// Any format's chunk of 32 elements as floats.
#pragma once
#include "quant/codes.h"

// A Piece is what a lane holds of a chunk between loading and decoding it: half
// 'part' of it, which is elements 8*part to 8*part+7 and 16 further, or all.
template <class F, bool FLOAT = F::FLOAT>
struct Piece;

template <class F>
struct Piece<F, false> {
	F chunk;

	MEMBER void load(const u8 *row, int K, int c, int) { chunk.load(row, K, c); }
	// decode gives the 16 elements of a part. Where PART is known to the
	// compiler, it leaves out what the other part needs.
	template <int PART>
	MEMBER void decode(float (&v)[16]) const {
		decode(PART, v);
	}
	// Words are chosen, not places: no register is indexed by a variable.
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
};

template <class F>
struct Piece<F, true> {
	float v8[2][8];

	MEMBER void load(const u8 *row, int, int c, int part) {
		F::load8(row, 32 * c + 8 * part, v8[0]);
		F::load8(row, 32 * c + 16 + 8 * part, v8[1]);
	}
	template <int PART>
	MEMBER void decode(float (&v)[16]) const {
		decode(PART, v);
	}
	MEMBER void decode(int, float (&v)[16]) const {
#pragma unroll
		for (int i = 0; i < 16; i++)
			v[i] = v8[i / 8][i % 8];
	}
};
