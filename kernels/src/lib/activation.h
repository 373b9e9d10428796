// The functions on the gate of a gated MLP.
#pragma once

DEVICE float silu(float x) { return x / (1 + expf(-x)); }

// gelu is the one with tanh: (1 + tanh(u)) / 2 is 1 / (1 + exp(-2u)).
DEVICE float gelu(float x) {
	const float u = 0.7978845608028654f * (x + 0.044715f * x * x * x);
	return x / (1 + expf(-2 * u));
}
