package sample

import "math"

// typical keeps the smallest set of tokens whose information -log p is closest
// to the entropy H of the distribution and whose probability reaches p
// (Meister et al. 2022, "Locally Typical Sampling", section 4).
//
// With -log p_i = log Z - l_i and H = log Z - E[l], the distance |H + log p_i|
// is |l_i - E[l]|: the logit's distance from its mean, without a logarithm.
func typical(c []candidate, p float64) []candidate {
	sum := mass(c)
	var mean float64
	for _, x := range c {
		mean += float64(x.weight / sum * float64(x.logit))
	}
	return takeMass(c, p*sum, func(a, b candidate) bool {
		da, db := math.Abs(float64(a.logit)-mean), math.Abs(float64(b.logit)-mean)
		return da < db || da == db && a.id < b.id
	})
}
