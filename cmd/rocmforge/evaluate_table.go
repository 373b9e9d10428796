package main

import (
	"fmt"
	"math"
	"path/filepath"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/internal/chart"
	"github.com/rocmforge/rocmforge/internal/columns"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// printEvaluation writes two tables, which both fit 80 columns: what the variants
// are, and how they do. The names come last, as they may be of any length.
func (a *app) printEvaluation(r *evaluateResult) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tTYPE\tACTIVATIONS\tKV CACHE\tFILE\tWEIGHTS\tKV\tMODEL")
	for i, v := range r.Variants {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i+1, v.Type, v.Activations, v.KVType,
			bytesText(v.Bytes), bytesText(int64(v.WeightBytes)), bytesText(int64(v.KVBytes)), oneLine(v.Model))
	}
	fmt.Fprintln(w) // ends the columns
	fmt.Fprintln(w, "#\tPERPLEXITY\tRISE\tKL\tSAME\tTOKENS/S")
	for i, v := range r.Variants {
		fmt.Fprintf(w, "%d\t%.4f ± %.4f\t%s\t%.0f\n", i+1, v.PPL, v.PPLError, v.against(), v.Rate)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	first := r.Variants[0]
	text := fmt.Sprintf("%d tokens of %s, in chunks of %d, on %s%s", first.Tokens, textTitle(r.Text), r.Chunk, first.Device, r.part())
	_, err := fmt.Fprintf(a.stdout, "\n%s", columns.Hang("", 0, text, a.width()))
	return err
}

// part says of how many positions KL and SAME are, where these are not all.
func (r *evaluateResult) part() string {
	for _, v := range r.Variants {
		if d := v.Against; d != nil && d.Compared > 0 && d.Compared < v.Tokens {
			return fmt.Sprintf("; KL and SAME of the first %d", d.Compared)
		}
	}
	return ""
}

// against are the columns about the difference from the first variant.
func (v *variantResult) against() string {
	d := v.Against
	switch {
	case d == nil:
		return "-\t-\t-"
	case d.Compared == 0:
		return fmt.Sprintf("%+.2f%% ± %.2f\t-\t-", 100*d.Rise, 100*d.RiseError)
	}
	return fmt.Sprintf("%+.2f%% ± %.2f\t%.4f\t%.1f%%", 100*d.Rise, 100*d.RiseError, d.KL, 100*d.SameTop)
}

func textTitle(name string) string {
	if name == "built-in" {
		return "the built-in text"
	}
	return oneLine(name)
}

// plotEvaluation draws perplexities, each variant a point above its name.
func plotEvaluation(path string, r *evaluateResult) error {
	p := plot.New()
	p.Title.Text = "Perplexity of " + textTitle(r.Text)
	p.Y.Label.Text = "perplexity; bars: error of the difference"
	points := ppls{variants: r.Variants}
	scatter, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	bars, err := plotter.NewYErrorBars(points)
	if err != nil {
		return err
	}
	scatter.Color, bars.Color = chart.Blue, chart.Blue
	p.Add(plotter.NewGrid(), bars, scatter)
	var names []string
	for _, v := range r.Variants {
		names = append(names, fmt.Sprintf("%s %s\n%s, KV %s\n%s", filepath.Base(v.Model), v.Type, v.Activations, v.KVType, bytesText(int64(v.WeightBytes+v.KVBytes))))
	}
	p.NominalX(names...)
	if len(names) > 5 { // side by side they would overlap
		p.X.Tick.Label.Rotation = math.Pi / 5
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = text.XRight, text.YCenter
	}
	p.X.Padding, p.X.Min, p.X.Max = vg.Centimeter, -0.5, float64(len(names))-0.5
	p.Y.Tick.Marker = chart.Numbers{}
	chart.Fit(&p.Y, points.ends()...)
	return chart.Write(path, p)
}

// ppls are the points of the plot.
type ppls struct{ variants []variantResult }

func (p ppls) Len() int                { return len(p.variants) }
func (p ppls) XY(i int) (x, y float64) { return float64(i), p.variants[i].PPL }

// ends are the ends of all bars.
func (p ppls) ends() (all []float64) {
	for i := range p.variants {
		_, y := p.XY(i)
		lo, hi := p.YError(i)
		all = append(all, y-lo, y+hi)
	}
	return all
}

// YError is that of the difference from the first variant, which has none.
func (p ppls) YError(i int) (lo, hi float64) {
	d := p.variants[i].Against
	if d == nil {
		return 0, 0
	}
	e := p.variants[0].PPL * d.RiseError
	return e, e
}
