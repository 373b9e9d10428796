package mxfp

// E4M3 is the FP8 with more precision (OCP OFP8 1.0; "e4m3fn" elsewhere): 0 to
// 448 in steps of 2^-9 and more; no Inf; 0x7f and 0xff are NaN.
//
//	| 7    | 6      3 | 2      0 |
//	| sign | exponent | mantissa |
func E4M3() *Element { return e4m3 }

var e4m3 = newElement("E4M3", 4, 3, 7, 0x7e)
