package sample

// topP keeps the smallest set of most probable tokens whose probability
// reaches p: the nucleus (Holtzman et al. 2019, "The Curious Case of Neural
// Text Degeneration", section 3.1).
func topP(c []candidate, p float64) []candidate {
	return takeMass(c, p*mass(c), func(a, b candidate) bool { return lessProbable(b, a) })
}
