// HeadNorm: a wave does a head of HEAD_DIM elements, of queries or of keys.

extern "C" __global__ __launch_bounds__(WAVE) void KERNEL(float *QKV, const float *QW, const float *KW, i32 Tokens, i32 Heads,
                                                          i32 KVHeads, i32 HeadDim, i32 Stride, float Eps) {
	constexpr int EACH = (HEAD_DIM + WAVE - 1) / WAVE;
	const i32 head = blockIdx.x;
	float *x = QKV + (i64)blockIdx.y * Stride + head * HEAD_DIM;
	const float *W = head < Heads ? QW : KW;
	float v[EACH], sum = 0;
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		const int at = i * WAVE + threadIdx.x;
		v[i] = at < HEAD_DIM ? x[at] : 0;
		sum += v[i] * v[i];
	}
	const float scale = 1 / sqrtf(wave_sum(sum) / HEAD_DIM + Eps);
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		const int at = i * WAVE + threadIdx.x;
		if (at < HEAD_DIM)
			x[at] = v[i] * W[at] * scale;
	}
}
