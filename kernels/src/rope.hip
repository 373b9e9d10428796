// RoPE: a thread turns one pair of one head of one token.
extern "C" __global__ __launch_bounds__(256) void KERNEL(float *X, const i32 *Pos, const float *Freq, i32 Tokens, i32 Heads,
                                                         i32 HeadDim, i32 RotDim, i32 Stride, i32 Pairing, float Scale) {
	const i32 half = RotDim / 2, i = blockIdx.x * 256 + threadIdx.x, token = blockIdx.y;
	if (i >= Heads * half)
		return;
	const i32 pair = i % half;
	float *x = X + (i64)token * Stride + i / half * HeadDim;
	float *first = x + (Pairing == 0 ? 2 * pair : pair), *second = x + (Pairing == 0 ? 2 * pair + 1 : pair + half);
	float sine, cosine;
	sincosf((float)Pos[token] * Freq[pair], &sine, &cosine);
	sine *= Scale;
	cosine *= Scale;
	const float a = *first, b = *second;
	*first = a * cosine - b * sine;
	*second = b * cosine + a * sine;
}
