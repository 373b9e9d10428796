package sample

import "math"

// exp is e^x for x <= 0, within 4 ulp, and 0 below -708. math.Exp is assembly
// on some platforms and fused on others, so that its last bit differs; here
// every product is rounded (by its conversion) before it is added.
//
// x = k·ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite 1980, "Software Manual
// for the Elementary Functions", chapter 6), then Taylor's series of e^r to
// r^12, whose remainder is below 2e-16.
func exp(x float64) float64 {
	const (
		ln2Hi = 6.93147180369123816490e-01 // its low 32 bits are 0: k·ln2Hi is exact
		ln2Lo = 1.90821492927058770002e-10
	)
	if x < -708 {
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	r := x - float64(k*ln2Hi)
	r -= float64(k * ln2Lo)
	// Even and odd powers apart: two chains of products run side by side.
	q := float64(r * r)
	even := float64(q*c12) + c10
	even = float64(even*q) + c8
	even = float64(even*q) + c6
	even = float64(even*q) + c4
	even = float64(even*q) + c2
	even = float64(even*q) + 1
	odd := float64(q*c11) + c9
	odd = float64(odd*q) + c7
	odd = float64(odd*q) + c5
	odd = float64(odd*q) + c3
	odd = float64(odd*q) + 1
	return (even + float64(odd*r)) * math.Float64frombits(uint64(int64(k)+1023)<<52)
}

// The coefficients 1/n! of Taylor's series.
const (
	c2  = 1. / 2
	c3  = c2 / 3
	c4  = c3 / 4
	c5  = c4 / 5
	c6  = c5 / 6
	c7  = c6 / 7
	c8  = c7 / 8
	c9  = c8 / 9
	c10 = c9 / 10
	c11 = c10 / 11
	c12 = c11 / 12
)
