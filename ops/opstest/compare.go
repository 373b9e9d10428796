package opstest

import (
	"cmp"
	"fmt"
	"math"
)

// A tolerance allows |got-want| <= abs + rel*|want|.
type tolerance struct{ abs, rel float64 }

// exact allows no difference.
var exact = tolerance{}

// compare holds values of a device against the reference: a NaN must be a NaN,
// an infinity the same infinity, and the rest within the tolerance.
func (b *bench) compare(name string, got []float32, want []float64, t tolerance) {
	if b.err != nil || b.binding {
		return
	}
	if len(got) != len(want) {
		b.fail(fmt.Errorf("%s has %d values, its reference %d", name, len(got), len(want)))
		return
	}
	for i, w := range want {
		g := float64(got[i])
		diff, allowed := math.Abs(g-w), t.abs+t.rel*math.Abs(w)
		switch {
		case g == w || math.IsNaN(g) && math.IsNaN(w):
			continue
		case math.IsNaN(diff) || math.IsInf(diff, 0):
			b.fail(fmt.Errorf("%s[%d] = %v, want %v", name, i, g, w))
			return
		case diff > allowed:
			b.fail(fmt.Errorf("%s[%d] = %v, want %v: off by %.3g, allowed %.3g + %.3g*|want|",
				name, i, g, w, diff, t.abs, t.rel))
		}
		b.result.MaxAbs = max(b.result.MaxAbs, diff)
		if w != 0 {
			b.result.MaxRel = max(b.result.MaxRel, diff/math.Abs(w))
		}
		if allowed > 0 {
			b.result.OfAllowed = max(b.result.OfAllowed, diff/allowed)
		}
	}
}

// same holds values that must be equal: indexes, bits.
func same[T cmp.Ordered](b *bench, name string, got, want []T) {
	if b.binding {
		return
	}
	if b.err == nil && len(got) != len(want) {
		b.fail(fmt.Errorf("%s has %d values, its reference %d", name, len(got), len(want)))
	}
	for i := range want {
		if b.err == nil && got[i] != want[i] {
			b.fail(fmt.Errorf("%s[%d] = %v, want %v", name, i, got[i], want[i]))
		}
	}
}
