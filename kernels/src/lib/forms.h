// How activations lie: the numbers of ops.Form.
#pragma once
#include "lib/mx_rows.h"
#include "lib/q8.h"
#include "quant/fp8_e4m3.h"

#define FLOAT_ROWS 0
#define Q8_ROWS 1
#define HALF_ROWS 2
#define MXFP4_ROWS 3
#define MXFP6_E2M3_ROWS 4
#define MXFP6_E3M2_ROWS 5
#define FP8_ROWS 6

// store_mx_form is store_form for the MX formats. Of STRIDE lanes that have the
// same four elements one writes.
template <int FORM, int STRIDE>
DEVICE void store_mx_form(void *to, i32 dim, i32 row, i32 k, const float (&x)[4], bool writes) {
	if (FORM == MXFP4_ROWS)
		store_mx<mxfp4, mxfp4, 4, STRIDE>((u8 *)to, dim, row, k, x, writes);
	else if (FORM == MXFP6_E2M3_ROWS)
		store_mx<mxfp6_e2m3, Sixes, 6, STRIDE>((u8 *)to, dim, row, k, x, writes);
	else
		store_mx<mxfp6_e3m2, Sixes, 6, STRIDE>((u8 *)to, dim, row, k, x, writes);
}

// store_form writes element k of a row of activations [rows, dim]. Neighbouring
// lanes have neighbouring elements, 32 of a block at a time.
template <int FORM>
DEVICE void store_form(void *to, i32 rows, i32 dim, i32 row, i32 k, float x) {
	const i64 at = (i64)row * dim + k;
	if (FORM == FLOAT_ROWS)
		((float *)to)[at] = x;
	else if (FORM == HALF_ROWS)
		((u16 *)to)[at] = (u16)to_half(x);
	else if (FORM == Q8_ROWS)
		quantize_q8(x, (i8 *)to + (i64)row * dim, (Q8Meta *)((i8 *)to + (i64)rows * dim) + (i64)row * (dim / 32), k);
	else {
		float four[4];
#pragma unroll
		for (int i = 0; i < 4; i++)
			four[i] = __shfl(x, k % 32 / 4 * 4 + i, 32);
		store_mx_form<FORM, 4>(to, dim, row, k, four, k % 4 == 0);
	}
}

// This one writes elements k to k+3 of a row, k a multiple of 4. Neighbouring
// lanes have neighbouring fours, eight of a block at a time.
template <int FORM>
DEVICE void store_form(void *to, i32 rows, i32 dim, i32 row, i32 k, const float (&x)[4]) {
	const i64 at = (i64)row * dim + k;
	if (FORM == FLOAT_ROWS)
		*(float4 *)((float *)to + at) = make_float4(x[0], x[1], x[2], x[3]);
	else if (FORM == HALF_ROWS)
		*(B8 *)((u16 *)to + at) = B8{pack_halves(x[0], x[1]), pack_halves(x[2], x[3])};
	else if (FORM == Q8_ROWS)
		quantize_q8(x, (i8 *)to + (i64)row * dim, (Q8Meta *)((i8 *)to + (i64)rows * dim) + (i64)row * (dim / 32), k);
	else
		store_mx_form<FORM, 1>(to, dim, row, k, x, true);
}

template <int FORM>
DEVICE void store_form(void *to, i32 rows, i32 dim, i32 row, i32 k, const float (&x)[1]) {
	store_form<FORM>(to, rows, dim, row, k, x[0]);
}

// store_fp8 writes element k of a row that is rounded by a step, and the step
// behind the row.
DEVICE void store_fp8(u8 *to, i32 dim, i32 row, i32 k, float x, float step) {
	to += (i64)row * fp8_e4m3::row_bytes(dim);
	to[k] = fp8_e4m3::encode(x / step);
	if (k == 0)
		fp8_e4m3::put_row_scale(to, dim, step);
}
