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
	var whole, worst plotter.XYs
	for i, t := range r.Tensors {
		whole = append(whole, plotter.XY{X: float64(i), Y: t.SNR})
		if len(t.Worst) > 0 {
			worst = append(worst, plotter.XY{X: float64(i), Y: t.Worst[0].SNR})
		}
	}
	p := plot.New()
	p.Title.Text = "What quantization left"
	p.X.Label.Text = "tensor, in the order of layers"
	p.Y.Label.Text = "signal to noise (dB)"
	p.Legend.Top = true
	for _, s := range []struct {
		name  string
		data  plotter.XYs
		color color.Color
	}{
		{"tensor", whole, chart.Blue},
		{"its worst block of 32", worst, chart.Red},
	} {
		points, err := plotter.NewScatter(s.data)
		if err != nil {
			return err
		}
		points.Color = s.color
		p.Add(points)
		p.Legend.Add(s.name, points)
	}
	p.Add(plotter.NewGrid())
	return chart.Write(path, p)
}
