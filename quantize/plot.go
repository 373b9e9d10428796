package quantize

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// plotFormats are the ends of names that Plot takes.
var plotFormats = []string{".png", ".svg", ".pdf"}

// CheckPlot says why Plot could not write to path, as far as that can be known
// before there is anything to draw.
func CheckPlot(path string) error {
	if !slices.Contains(plotFormats, filepath.Ext(path)) {
		return optionf("%s: a plot ends in %s", path, strings.Join(plotFormats, ", "))
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s: there is no folder %s", path, dir)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is there, and not a regular file", path)
	}
	return nil
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
	return write(path, p)
}

func write(path string, p *plot.Plot) error {
	from, err := p.WriterTo(20*vg.Centimeter, 12*vg.Centimeter, filepath.Ext(path)[1:])
	if err != nil {
		return err
	}
	w, err := safefile.Create(path)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := from.WriteTo(w); err != nil {
		return err
	}
	return w.Commit()
}
