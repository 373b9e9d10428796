package mxfp

// E2M1 is FP4 (MX 1.0, section 5.3.3): 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their
// negatives; no Inf, no NaN.
//
//	| 3    | 2      1 | 0        |
//	| sign | exponent | mantissa |
func E2M1() *Element { return e2m1 }

var e2m1 = newElement("E2M1", 2, 1, 1, 0x7)
