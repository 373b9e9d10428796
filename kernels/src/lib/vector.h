// N numbers that lie side by side, 1 or 4.
#pragma once

DEVICE void load_vector(const float *p, float (&x)[1]) { x[0] = *p; }

DEVICE void load_vector(const float *p, float (&x)[4]) {
	const float4 v = load_floats(p);
	x[0] = v.x;
	x[1] = v.y;
	x[2] = v.z;
	x[3] = v.w;
}
