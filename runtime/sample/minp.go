package sample

// minP keeps the tokens whose probability is at least p times the largest
// (Nguyen et al. 2024, "Turning Up the Heat: Min-p Sampling for Creative and
// Coherent LLM Outputs", section 3).
func minP(c []candidate, p float64) []candidate {
	var max float64
	for _, x := range c {
		if x.weight > max {
			max = x.weight
		}
	}
	n := 0
	for _, x := range c {
		if x.weight >= p*max {
			c[n] = x
			n++
		}
	}
	return c[:n]
}
