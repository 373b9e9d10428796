package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
)

func (a *app) printProfile(r *profileResult) error {
	c := r.Card
	fmt.Fprintf(a.stdout, "%s with %s weights%s: a pass of %d tokens after %d others\n", r.Shape, r.Type, inputText(r.Input), r.Tokens, r.Depth)
	fmt.Fprintf(a.stdout, "model of %s (%s): %d units of %d SIMDs at %.1f GHz, %s/s; a cache line is %d bytes (%s)\n",
		c.Name, c.Arch, c.Units, c.SIMDs, c.Clock/1e9, rateText(c.Bandwidth), c.Line, c.Sources)
	fmt.Fprintln(a.stdout, "Columns are (c) counted in the executed groups and scaled to all, (l) from the compiler, or (m) modelled; µs and bytes are of one launch.")
	for _, table := range []func(io.Writer, *profileResult){timeTable, memoryTable, kindTable} {
		fmt.Fprintln(a.stdout)
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		table(w, r)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	printSum(a.stdout, &r.Pass)
	for i := range r.Kernels {
		if k := &r.Kernels[i]; k.Listing != nil {
			printListing(a.stdout, k)
		}
	}
	return nil
}

func printSum(w io.Writer, s *profilePass) {
	fmt.Fprintf(w, "\nall %d launches: %s of weights (c); %s through memory, %.0f µs at least, %.0f%% of the bandwidth",
		s.Launches, bytesText(int64(s.WeightBytes)), bytesText(int64(s.MemoryBytes)), s.Seconds*1e6, 100*s.BandwidthShare)
	if s.TokensRate > 0 {
		fmt.Fprintf(w, ", %.0f tokens/s at most", s.TokensRate)
	}
	fmt.Fprintln(w, " (m)")
}

func inputText(input string) string {
	if input == "" {
		return ""
	}
	return " for activations in " + input
}

// rateText is "960 GB" or "8.00 TB".
func rateText(bytes float64) string {
	if bytes >= 1e12 {
		return fmt.Sprintf("%.2f TB", bytes/1e12)
	}
	return fmt.Sprintf("%.0f GB", bytes/1e9)
}

// timeTable is what the model makes of each kernel.
func timeTable(w io.Writer, r *profileResult) {
	fmt.Fprint(w, "KERNEL\tLAUNCHES\tGROUPS\tEXECUTED\tVGPRS (l)\tLDS (l)\tWAVES (l)\tµs AT LEAST (m)\tBOUND BY (m)\tBANDWIDTH (m)")
	for b := range emu.Bounds {
		fmt.Fprintf(w, "\t%s (m)", strings.ToUpper(b.String()))
	}
	fmt.Fprintln(w)
	for i := range r.Kernels {
		k := &r.Kernels[i]
		m := &k.Modelled
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%s\t%.0f%%", k.label, k.Launches, k.Groups[0]*k.Groups[1]*k.Groups[2], k.Executed,
			k.Ledger.VGPR, k.Ledger.LDS, k.Ledger.Occupancy, 1e6*m.Seconds, m.Bound, 100*m.BandwidthShare)
		for b := range emu.Bounds {
			fmt.Fprintf(w, "\t%.1f", 1e6*m.Bounds[b.String()])
		}
		fmt.Fprintln(w)
	}
}

// memoryTable is what kernels move, and how.
func memoryTable(w io.Writer, r *profileResult) {
	fmt.Fprintln(w, "KERNEL\tWEIGHT BYTES (c)\tREQUESTED (c)\tLINES (c)\tCOALESCED (c)\tMOVED (c)\tPER WEIGHT BYTE (c)\tMEMORY (m)\tLDS CYCLES (m)\tCONFLICTS (m)\tWAITED (m)")
	for i := range r.Kernels {
		k := &r.Kernels[i]
		c := &k.Counted
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%.0f\t%.0f%%\t%.0f\t%.3f\t%.0f\t%.0f\t%.0f\t%.0f%%\n", k.label, c.WeightBytes, c.RequestedBytes,
			c.Lines, 100*c.Coalesced, c.MovedBytes, c.MovedPerWeight, k.Modelled.MemoryBytes, k.Modelled.LDSCycles, k.Modelled.LDSConflicts, 100*k.Modelled.StallShare)
	}
}

// kindTable has the instructions of a wave by kind, all of them counted.
func kindTable(w io.Writer, r *profileResult) {
	fmt.Fprint(w, "INSTRUCTIONS OF A WAVE (c)\tALL\tLANES' PER WEIGHT")
	for k := range sim.Kinds {
		fmt.Fprintf(w, "\t%s", strings.ToUpper(strings.ReplaceAll(k.String(), "_", " ")))
	}
	fmt.Fprintln(w)
	for i := range r.Kernels {
		k := &r.Kernels[i]
		fmt.Fprintf(w, "%s\t%.0f\t%.3f", k.label, k.Counted.PerWave, k.Counted.PerWeight)
		for kind := range sim.Kinds {
			fmt.Fprintf(w, "\t%.4g", ratio(k.Counted.Instructions[kind.String()], k.Counted.Waves))
		}
		fmt.Fprintln(w)
	}
}
