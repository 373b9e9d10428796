package quantize

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Plot draws what each tensor lost, in the order of the file, into a PNG, SVG or
// PDF by the name's end: its signal-to-noise ratio and that of its worst block.
func Plot(path string, r Report) error {
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
		{"tensor", whole, color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}},
		{"its worst block of 32", worst, color.RGBA{R: 0xd6, G: 0x27, B: 0x28, A: 0xff}},
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
	return p.Save(20*vg.Centimeter, 12*vg.Centimeter, path)
}
