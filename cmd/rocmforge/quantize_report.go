package main

import (
	"cmp"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/quantize"
)

// worstTensors is how many of the tensors that lost most are shown.
const worstTensors = 5

// printQuantized sums up what was lost: how many tensors lost nothing, the mean of
// the others, and those that lost most, or with all of them a line for each.
func (a *app) printQuantized(out string, r quantize.Report, all bool) error {
	lost := slices.DeleteFunc(slices.Clone(r.Tensors), func(t quantize.TensorReport) bool { return t.Exact() })
	shown := r.Tensors
	if !all {
		shown = slices.SortedStableFunc(slices.Values(lost), func(a, b quantize.TensorReport) int { return cmp.Compare(a.SNR, b.SNR) })
		shown = shown[:min(worstTensors, len(shown))]
	}
	if err := a.printLosses(shown); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d tensors quantized, %d of them exact", len(r.Tensors), len(r.Tensors)-len(lost))
	if len(lost) > 0 {
		sum := 0.0
		for _, t := range lost {
			sum += t.SNR
		}
		fmt.Fprintf(a.stdout, "; the others have a mean signal to noise of %.2f dB", sum/float64(len(lost)))
	}
	if len(shown) < len(lost) {
		fmt.Fprintf(a.stdout, " (shown are the %d worst; --verbose shows all)", len(shown))
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s: %s, before %s\n", oneLine(out), bytesText(r.Bytes), bytesText(r.Before))
	return err
}

func (a *app) printLosses(tensors []quantize.TensorReport) error {
	if len(tensors) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TENSOR\tTYPE\tSIGNAL TO NOISE\tWORST BLOCK")
	for _, t := range tensors {
		if t.Exact() {
			fmt.Fprintf(w, "%s\t%s\texact\t-\n", t.Name, t.Type)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%.2f dB", t.Name, t.Type, t.SNR)
		if len(t.Worst) > 0 {
			fmt.Fprintf(w, "\t%.2f dB: row %d, block %d", t.Worst[0].SNR, t.Worst[0].Row, t.Worst[0].Block)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
