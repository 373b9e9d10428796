package stats

import (
	"math"
	"testing"
)

func TestMean(t *testing.T) {
	for _, c := range []struct {
		x         []float64
		mean, err float64
	}{
		{[]float64{3}, 3, 0},
		{[]float64{1, 3}, 2, 1}, // variance 2
		{[]float64{2, 4, 4, 4, 5, 5, 7, 9}, 5, 0.75592894601845}, // variance 32/7
	} {
		var s Sample
		for _, x := range c.x {
			s.Add(x)
		}
		if mean, err := s.Mean(); mean != c.mean || math.Abs(err-c.err) > 1e-12 {
			t.Errorf("%v: %v ± %v, want %v ± %v", c.x, mean, err, c.mean, c.err)
		}
	}
}
