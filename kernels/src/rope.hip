// RoPE: a thread turns one pair of one head of one token.
#include "lib/rope.h"

extern "C" __global__ __launch_bounds__(256) void KERNEL(float *X, const i32 *Pos, const float *Freq, i32 Tokens, i32 Heads,
                                                         i32 HeadDim, i32 RotDim, i32 Stride, i32 Pairing, float Scale) {
	const i32 half = RotDim / 2, i = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y;
	if (i >= Heads * half)
		return;
	float *x = X + (i64)token * Stride + i / half * HeadDim;
	const Pair at = pair_of(i % half, RotDim, Pairing);
	rotate(x[at.first], x[at.second], (float)Pos[token] * Freq[i % half], Scale);
}
