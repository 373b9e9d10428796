package mxfp

// E2M3 is the FP6 with more precision (MX 1.0, section 5.3.2): 0 to 7.5 in
// steps of 1/8 and more; no Inf, no NaN.
//
//	| 5    | 4      3 | 2      0 |
//	| sign | exponent | mantissa |
func E2M3() *Element { return e2m3 }

var e2m3 = newElement("E2M3", 2, 3, 1, 0x1f)
