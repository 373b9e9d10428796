package sample

import (
	"math"
	"testing"
)

func TestDivergence(t *testing.T) {
	log := func(p ...float64) (l []float32) {
		for _, x := range p {
			l = append(l, float32(math.Log(x))+3)
		}
		return l
	}
	kl, same := Divergence(log(0.5, 0.25, 0.25), log(0.25, 0.5, 0.25))
	if want := 0.25 * math.Ln2; math.Abs(kl-want) > 1e-6 || same {
		t.Errorf("%v, %v; want %v", kl, same, want)
	}
	if kl, same := Divergence(log(0.6, 0.4), log(0.6, 0.4)); kl > 1e-12 || !same {
		t.Errorf("%v, %v", kl, same)
	}
}
