package quantize

import (
	"errors"
	"fmt"
	"image/color"

	"github.com/rocmforge/rocmforge/internal/chart"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// CheckPlot says why Plot could not write to path, as far as that can be known
// before there is anything to draw.
func CheckPlot(path string) error {
	err := chart.Check(path)
	if errors.Is(err, chart.ErrFormat) {
		return &OptionError{err}
	}
	return err
}

// Plot draws what each tensor lost, in the order of the file, into a PNG, SVG or
// PDF by the name's end: its signal-to-noise ratio and that of its worst block.
// The file is complete or absent.
func Plot(path string, r Report) error {
	if err := CheckPlot(path); err != nil {
		return err
	}
	if len(r.Tensors) == 0 {
		return fmt.Errorf("%s: nothing was quantized, so there is nothing to draw", path)
	}
	p := plot.New()
	p.Title.Text = "What quantization left"
	p.X.Label.Text = "tensor, in the order of layers"
	p.Y.Label.Text = "signal to noise (dB)"
	p.X.Min, p.X.Max = 0, float64(len(r.Tensors)+1)
	p.X.Tick.Marker = chart.Whole{First: 1, Last: len(r.Tensors)}
	p.Y.Tick.Marker = chart.Numbers{}
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	whole, worst, exact := points(r)
	if exact > 0 {
		p.Title.Text += fmt.Sprintf(" (%d of %d tensors are exact and not shown)", exact, len(r.Tensors))
	}
	var values []float64
	for _, s := range []struct {
		name  string
		data  plotter.XYs
		color color.Color
	}{
		{"tensor", whole, chart.Blue},
		{"its worst block of 32", worst, chart.Red},
	} {
		for _, at := range s.data {
			values = append(values, at.Y)
		}
		if len(s.data) == 0 {
			continue
		}
		scatter, err := plotter.NewScatter(s.data)
		if err != nil {
			return err
		}
		scatter.Color = s.color
		p.Add(scatter)
		p.Legend.Add(s.name, scatter)
	}
	chart.Fit(&p.Y, values...)
	p.Y.Max += (p.Y.Max - p.Y.Min) * 0.15 // for the legend
	return chart.Write(path, p)
}

// points are what each tensor lost, and its worst block; those that lost nothing
// are counted, as they are at no distance that an axis could show.
func points(r Report) (whole, worst plotter.XYs, exact int) {
	for i, t := range r.Tensors {
		if t.Exact() {
			exact++
			continue
		}
		x := float64(i + 1)
		whole = append(whole, plotter.XY{X: x, Y: t.SNR})
		if len(t.Worst) > 0 {
			worst = append(worst, plotter.XY{X: x, Y: t.Worst[0].SNR})
		}
	}
	return whole, worst, exact
}
