// Package chart writes plots to files, complete or not at all.
package chart

import (
	"errors"
	"fmt"
	"image/color"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// formats are the ends of names that Write takes.
var formats = []string{".png", ".svg", ".pdf"}

// ErrFormat says that a name's end is not that of a plot.
var ErrFormat = errors.New("a plot ends in " + strings.Join(formats, ", "))

// The colours of what is plotted first and second.
var (
	Blue = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	Red  = color.RGBA{R: 0xd6, G: 0x27, B: 0x28, A: 0xff}
)

// Check says why Write could not write to path, as far as that can be known
// before there is anything to draw.
func Check(path string) error {
	if !slices.Contains(formats, filepath.Ext(path)) {
		return fmt.Errorf("%s: %w", path, ErrFormat)
	}
	return safefile.CheckFile(path)
}

// Write draws p, 20 cm by 12, as a PNG, SVG or PDF by the name's end.
func Write(path string, p *plot.Plot) error {
	if err := Check(path); err != nil {
		return err
	}
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
