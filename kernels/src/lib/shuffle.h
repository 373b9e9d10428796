// Cross-lane sums by exchanging with other lanes: for GPUs that have no faster
// way.
#pragma once

DEVICE float wave_sum(float x) {
#pragma unroll
	for (int i = WAVE / 2; i > 0; i /= 2)
		x += __shfl_xor(x, i);
	return x;
}

DEVICE float wave_max(float x) {
#pragma unroll
	for (int i = WAVE / 2; i > 0; i /= 2)
		x = fmaxf(x, __shfl_xor(x, i));
	return x;
}
