package mxfp

// E5M2 is the FP8 with more range (OCP OFP8 1.0): 0 to 57344 in steps of 2^-16
// and more; 0x7c is Inf and 0x7d to 0x7f are NaN, as in IEEE 754.
//
//	| 7    | 6      2 | 1      0 |
//	| sign | exponent | mantissa |
func E5M2() *Element { return e5m2 }

var e5m2 = newElement("E5M2", 5, 2, 15, 0x7b)
