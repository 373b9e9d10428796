// Formats whose elements stand for themselves.
#pragma once
#include "quant/codes.h"

// halves_of rounds eight elements to half floats.
template <class F, class Eight>
DEVICE B16 halves_of(const Eight &e) {
	float v[8];
	F::floats(e, v);
	return B16{pack_halves(v[0], v[1]), pack_halves(v[2], v[3]), pack_halves(v[4], v[5]), pack_halves(v[6], v[7])};
}
