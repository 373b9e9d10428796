package sample

// Default is how to sample where neither a model nor the caller says so: mild
// truncations, since the tail of a distribution is seldom what anybody wants.
func Default() Options {
	return Options{Temperature: 0.7, TopK: 40, TopP: 0.95, MinP: 0.05}
}
