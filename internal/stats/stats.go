// Package stats has the mean of a sample and its standard error, from sums.
package stats

import "math"

// Sample are sums over numbers.
type Sample struct {
	N            int
	Sum, squares float64
}

// Add takes a number.
func (s *Sample) Add(x float64) {
	s.N++
	s.Sum += x
	s.squares += x * x
}

// Mean is that of the numbers, with its standard error: the root of their
// variance, estimated from N-1 degrees of freedom, over N.
func (s *Sample) Mean() (mean, err float64) {
	n := float64(s.N)
	mean = s.Sum / n
	variance := max(s.squares-n*mean*mean, 0) / max(n-1, 1)
	return mean, math.Sqrt(variance / n)
}
