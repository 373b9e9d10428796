// Simulate: rounds activations to a format and gives back what they stand for. A
// thread does an element; 32 lanes have a block of the MX formats.
#include "fmt_x.h"
#include "lib/element.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(float *Y, const float *X, i32 Rows, i32 Dim, u32 Type, float Scale) {
	typedef fmt_x::Element E;
	const i32 k = blockIdx.x * 256 + threadIdx.x;
	const i64 at = (i64)blockIdx.y * Dim + k;
	const float x = k < Dim ? X[at] : 0;
	float y;
	if (E::SIGN == 128) {
		const float v = x / Scale, r = Rounded<E>(v).value();
		y = v != v ? v : copysignf(r, v) * Scale;
	} else {
		const BlockScale<E> scale(largest_of<32>(x));
		const float v = x * scale.inverse(), r = Rounded<E>(v).value();
		y = (v < 0 ? 0 - r : r) * scale.value();
	}
	if (k < Dim)
		Y[at] = y;
}
