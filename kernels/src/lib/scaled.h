// Operands of matrix instructions that take small floats as they are and the
// scales of their blocks beside them (gfx950). Rows of weights and of activations
// lie alike, in planes, and both operands name blocks of 32 elements in the same
// order. A step multiplies 4 blocks of 16 rows and 16 columns; four steps are a
// slab of 512 elements, of which lane l has blocks 4*(l/16) to 4*(l/16)+3: their
// bytes and their scales lie side by side.
#pragma once
#include "quant/fp8_e4m3.h"
#include "quant/mxfp4.h"
#include "quant/mxfp6_e2m3.h"
#include "quant/mxfp6_e3m2.h"

// TYPE is the instruction's number of a format; a block's codes are BYTES, those
// of six bits in two planes.
template <class F>
struct ScaledFormat;

template <>
struct ScaledFormat<mxfp4> {
	static constexpr int TYPE = 4, BYTES = 16;
};

template <>
struct ScaledFormat<mxfp6_e2m3> {
	static constexpr int TYPE = 2, BYTES = 24;
};

template <>
struct ScaledFormat<mxfp6_e3m2> {
	static constexpr int TYPE = 3, BYTES = 24;
};

// An FP8 row has one scale, for its products.
template <>
struct ScaledFormat<fp8_e4m3> {
	static constexpr int TYPE = 0, BYTES = 32;
};

// A ScaledRow is a lane's row of ELEMS elements.
template <class F, int ELEMS>
struct ScaledRow {
	static constexpr int BYTES = ScaledFormat<F>::BYTES, BLOCKS = ELEMS / 32;
	static constexpr bool SCALES = BYTES != 32;
	const u8 *row;

	// block loads the codes of a block.
	MEMBER ScaledOperand block(int b) const {
		ScaledOperand x = {};
		if (BYTES == 32) {
			x.put(0, load16(row + 32 * b));
			x.put(4, load16(row + 32 * b + 16));
		} else {
			x.put(0, load16(row + 16 * b));
			if (BYTES == 24) {
				const B8 rest = load8(row + 16 * BLOCKS + 8 * b);
				x.v[4] = rest.x;
				x.v[5] = rest.y;
			}
		}
		return x;
	}
	// scales are those of four blocks from b on, a multiple of 4.
	MEMBER u32 scales(int b) const { return SCALES ? load4(row + BYTES * BLOCKS + b) : 0; }

	// This one is for the end of a row: blocks behind it are zeros.
	MEMBER ScaledOperand block_or_zeros(int b) const { return b < BLOCKS ? block(b) : ScaledOperand{}; }
	MEMBER u32 scale_or_one(int b) const {
		if (!SCALES)
			return 0;
		return b < BLOCKS ? row[BYTES * BLOCKS + b] : 127;
	}
};

// first_block is the lane's first of a slab.
DEVICE int first_block(int slab) { return 16 * slab + lane() / 16 * 4; }

// A ScaledTile is TX * TW products of 16 rows each.
template <class X, class W, int TX, int TW, int ELEMS>
struct ScaledTile {
	static constexpr int SLABS = ELEMS / 512;
	ScaledRow<X, ELEMS> x[TX];
	ScaledRow<W, ELEMS> w[TW];
	float acc[TX][TW][ACC] = {};

	template <int STEP>
	MEMBER void step(const ScaledOperand (&a)[TX], const ScaledOperand (&b)[TW], const u32 (&sa)[TX], const u32 (&sb)[TW]) {
#pragma unroll
		for (int i = 0; i < TX; i++)
#pragma unroll
			for (int j = 0; j < TW; j++)
				mma_scaled<ScaledFormat<X>::TYPE, ScaledFormat<W>::TYPE, STEP>(acc[i][j], a[i], b[j], sa[i], sb[j]);
	}
	MEMBER void load(ScaledOperand (&a)[TX], ScaledOperand (&b)[TW], int block) const {
#pragma unroll
		for (int i = 0; i < TX; i++)
			a[i] = x[i].block(block);
#pragma unroll
		for (int j = 0; j < TW; j++)
			b[j] = w[j].block(block);
	}
	// slab multiplies 512 elements.
	MEMBER void slab(int s) {
		const int b0 = first_block(s);
		u32 sa[TX], sb[TW];
#pragma unroll
		for (int i = 0; i < TX; i++)
			sa[i] = x[i].scales(b0);
#pragma unroll
		for (int j = 0; j < TW; j++)
			sb[j] = w[j].scales(b0);
		ScaledOperand a[2][TX], b[2][TW];
		load(a[0], b[0], b0);
		load(a[1], b[1], b0 + 1);
		step<0>(a[0], b[0], sa, sb);
		load(a[0], b[0], b0 + 2);
		step<1>(a[1], b[1], sa, sb);
		load(a[1], b[1], b0 + 3);
		step<2>(a[0], b[0], sa, sb);
		step<3>(a[1], b[1], sa, sb);
	}
	// rest multiplies what is no whole slab.
	MEMBER void rest() {
#pragma unroll 1
		for (int s = 0; s < 4; s++) {
			const int at = first_block(SLABS) + s;
			ScaledOperand a[TX], b[TW];
			u32 sa[TX], sb[TW];
#pragma unroll
			for (int i = 0; i < TX; i++) {
				a[i] = x[i].block_or_zeros(at);
				sa[i] = x[i].scale_or_one(at);
			}
#pragma unroll
			for (int j = 0; j < TW; j++) {
				b[j] = w[j].block_or_zeros(at);
				sb[j] = w[j].scale_or_one(at);
			}
			step<0>(a, b, sa, sb);
		}
	}
};
