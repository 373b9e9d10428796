// Pairs of a head's elements and their rotation.
#pragma once

struct Pair {
	i32 first, second;
};

// pair_of is pair i of a head: those of the rotated part as Pairing says
// (ops.Pairing), behind it neighbours.
DEVICE Pair pair_of(i32 i, i32 rot, i32 pairing) {
	if (pairing == 0 || i >= rot / 2)
		return {2 * i, 2 * i + 1};
	return {i, i + rot / 2};
}

DEVICE void rotate(float &a, float &b, float angle, float scale) {
	float sine, cosine;
	sincosf(angle, &sine, &cosine);
	sine *= scale;
	cosine *= scale;
	const float x = a;
	a = x * cosine - b * sine;
	b = b * cosine + x * sine;
}
