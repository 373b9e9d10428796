package mxfp

// E3M2 is the FP6 with more range (MX 1.0, section 5.3.2): 0 to 28 in steps of
// 1/16 and more; no Inf, no NaN.
//
//	| 5    | 4      2 | 1      0 |
//	| sign | exponent | mantissa |
func E3M2() *Element { return e3m2 }

var e3m2 = newElement("E3M2", 3, 2, 3, 0x1f)
