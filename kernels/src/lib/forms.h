// How activations lie: the numbers of ops.Form.
#pragma once
#define FLOAT_ROWS 2
#define Q8_ROWS 3
#define HALF_ROWS 4
