package chart

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// Fit makes an axis reach from the least to the largest value, and a little
// further, so that no point or bar is cut off; values that are all alike get some
// room around them.
func Fit(a *plot.Axis, values ...float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	room := (hi - lo) * 0.08
	if room == 0 {
		room = max(math.Abs(hi)*0.05, 0.5)
	}
	a.Min, a.Max = lo-room, hi+room
}

// Numbers are ticks whose labels have as many digits as tell them apart.
type Numbers struct{}

// Ticks implements plot.Ticker.
func (Numbers) Ticks(lo, hi float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(lo, hi)
	var major []float64
	for _, t := range ticks {
		if t.Label != "" {
			major = append(major, t.Value)
		}
	}
	digits := decimals(major)
	for i, t := range ticks {
		if t.Label != "" {
			ticks[i].Label = strconv.FormatFloat(t.Value, 'f', digits, 64)
		}
	}
	return ticks
}

// decimals is how many digits after the point write all values.
func decimals(values []float64) int {
	const most = 9
	for d := range most {
		unit := math.Pow(10, float64(-d))
		exact := true
		for _, v := range values {
			exact = exact && math.Abs(math.Round(v/unit)*unit-v) < unit*1e-3
		}
		if exact {
			return d
		}
	}
	return most
}

// Whole are ticks at whole numbers, from first to last, ten or so.
type Whole struct{ First, Last int }

// Ticks implements plot.Ticker.
func (w Whole) Ticks(_, _ float64) (ticks []plot.Tick) {
	step := 1
	for _, factor := range []int{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000} {
		if (w.Last-w.First)/step > 10 {
			step = factor
		}
	}
	for v := w.First; v <= w.Last; v++ {
		if v == w.First || v%step == 0 {
			ticks = append(ticks, plot.Tick{Value: float64(v), Label: strconv.Itoa(v)})
		}
	}
	return ticks
}
