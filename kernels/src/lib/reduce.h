// Reductions over the lanes of a wave and the waves of a group. The arch header
// gives wave_sum and wave_max.
#pragma once

// group_sum is the sum of x over a group of THREADS threads, in every thread.
// scratch is THREADS / WAVE floats of LDS, which no one else may be using.
template <int THREADS>
DEVICE float group_sum(float x, float *scratch) {
	constexpr int WAVES = THREADS / WAVE;
	x = wave_sum(x);
	if (WAVES == 1)
		return x;
	if (lane() == 0)
		scratch[wave()] = x;
	__syncthreads();
	x = 0;
#pragma unroll
	for (int i = 0; i < WAVES; i++)
		x += scratch[i];
	return x;
}

// group_max is group_sum for the largest.
template <int THREADS>
DEVICE float group_max(float x, float *scratch) {
	constexpr int WAVES = THREADS / WAVE;
	x = wave_max(x);
	if (WAVES == 1)
		return x;
	if (lane() == 0)
		scratch[wave()] = x;
	__syncthreads();
	x = scratch[0];
#pragma unroll
	for (int i = 1; i < WAVES; i++)
		x = fmaxf(x, scratch[i]);
	return x;
}
