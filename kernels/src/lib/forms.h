// How activations lie: the numbers of ops.Form.
#pragma once
#include "lib/q8.h"

#define FLOAT_ROWS 0
#define Q8_ROWS 1
#define HALF_ROWS 2

// store_form writes element k of a row of activations [rows, dim]. Neighbouring
// lanes have neighbouring elements, 32 of a Q8 block at a time.
template <int FORM>
DEVICE void store_form(void *to, i32 rows, i32 dim, i32 row, i32 k, float x) {
	const i64 at = (i64)row * dim + k;
	if (FORM == FLOAT_ROWS)
		((float *)to)[at] = x;
	else if (FORM == HALF_ROWS)
		((u16 *)to)[at] = (u16)to_half(x);
	else
		quantize_q8(x, (i8 *)to + (i64)row * dim, (Q8Meta *)((i8 *)to + (i64)rows * dim) + (i64)row * (dim / 32), k);
}

// This one writes elements k to k+3 of a row, k a multiple of 4. Neighbouring
// lanes have neighbouring fours, eight of a Q8 block at a time.
template <int FORM>
DEVICE void store_form(void *to, i32 rows, i32 dim, i32 row, i32 k, const float (&x)[4]) {
	const i64 at = (i64)row * dim + k;
	if (FORM == FLOAT_ROWS)
		*(float4 *)((float *)to + at) = make_float4(x[0], x[1], x[2], x[3]);
	else if (FORM == HALF_ROWS)
		*(B8 *)((u16 *)to + at) = B8{pack_halves(x[0], x[1]), pack_halves(x[2], x[3])};
	else
		quantize_q8(x, (i8 *)to + (i64)row * dim, (Q8Meta *)((i8 *)to + (i64)rows * dim) + (i64)row * (dim / 32), k);
}

template <int FORM>
DEVICE void store_form(void *to, i32 rows, i32 dim, i32 row, i32 k, const float (&x)[1]) {
	store_form<FORM>(to, rows, dim, row, k, x[0]);
}
