package sample

// weigh sets the weights to softmax(logit/temperature) without its divisor:
// e^((logit-max)/temperature) (Ackley, Hinton, Sejnowski 1985, the Boltzmann
// distribution). max is the largest logit, so weights are 0 to 1.
func weigh(c []candidate, max, temperature float32) {
	m, t := float64(max), float64(temperature)
	for i := range c {
		c[i].weight = exp((float64(c[i].logit) - m) / t)
	}
}

// mass is the sum of the weights.
func mass(c []candidate) float64 {
	var sum float64
	for _, x := range c {
		sum += x.weight
	}
	return sum
}
