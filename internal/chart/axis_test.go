package chart

import (
	"slices"
	"testing"

	"gonum.org/v1/plot"
)

func labels(ticks []plot.Tick) (all []string) {
	for _, t := range ticks {
		if t.Label != "" {
			all = append(all, t.Label)
		}
	}
	return all
}

// TestNumbers: labels differ, however near to each other the ends are.
func TestNumbers(t *testing.T) {
	for _, ends := range [][2]float64{{0, 1}, {11.27, 11.34}, {9.0012, 9.0019}, {-5, 205}, {1e4, 3e4}} {
		got := labels(Numbers{}.Ticks(ends[0], ends[1]))
		if unique := slices.Compact(slices.Clone(got)); len(got) < 2 || len(unique) != len(got) {
			t.Errorf("%v: %q", ends, got)
		}
	}
}

func TestWhole(t *testing.T) {
	for _, c := range []struct {
		first, last int
		want        []string
	}{
		{1, 3, []string{"1", "2", "3"}},
		{1, 1, []string{"1"}},
		{1, 25, []string{"1", "5", "10", "15", "20", "25"}},
		{1, 560, []string{"1", "100", "200", "300", "400", "500"}},
	} {
		if got := labels(Whole{c.first, c.last}.Ticks(0, 0)); !slices.Equal(got, c.want) {
			t.Errorf("%d to %d: %q", c.first, c.last, got)
		}
	}
}

// TestFit leaves room on both sides, also around one value.
func TestFit(t *testing.T) {
	var a plot.Axis
	for _, values := range [][]float64{{3, 5, 4}, {7}, {0}, {}} {
		Fit(&a, values...)
		for _, v := range values {
			if !(a.Min < v && v < a.Max) {
				t.Errorf("%v: from %v to %v", values, a.Min, a.Max)
			}
		}
		if a.Min >= a.Max {
			t.Errorf("%v: from %v to %v", values, a.Min, a.Max)
		}
	}
}
