package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/kernels"
)

// profileListing is a source line with the instructions that were made of it.
// Figures are of the executed groups.
type profileListing struct {
	Source       string               `json:"source"` // "kernels/src/gemv.hip:17"; empty: the compiler does not know
	Line         string               `json:"line"`   // the text
	Instructions []profileInstruction `json:"instructions"`

	file   string
	number int
}

type profileInstruction struct {
	Addr      uint64 `json:"addr"`
	Text      string `json:"text"`
	Kind      string `json:"kind"`
	Runs      int64  `json:"runs"`
	Lanes     int64  `json:"lanes"`
	Lines     int64  `json:"lines"`
	LDSCycles int64  `json:"lds_cycles"`
	Conflicts int64  `json:"lds_conflicts"`
	Issue     int64  `json:"issue_cycles"`
	Stall     int64  `json:"stall_cycles"`
}

// listingOf sorts instructions by their source lines: those of kernels first,
// then those of headers, each file in its order.
func listingOf(c *sim.Profile) (list []profileListing) {
	at := map[string]int{}
	for _, in := range c.Insts {
		i, ok := at[in.Source]
		if !ok {
			i = len(list)
			at[in.Source] = i
			list = append(list, lineOf(in.Source))
		}
		list[i].Instructions = append(list[i].Instructions, profileInstruction{
			in.Addr, in.Text, in.Kind.String(), in.Runs, in.Lanes, in.Lines, in.LDSCycles, in.Conflicts, in.Issue, in.Stall,
		})
	}
	slices.SortFunc(list, func(a, b profileListing) int {
		return cmp.Or(-compareBool(strings.HasSuffix(a.file, ".hip"), strings.HasSuffix(b.file, ".hip")),
			cmp.Compare(a.file, b.file), cmp.Compare(a.number, b.number))
	})
	return list
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func lineOf(source string) profileListing {
	l := profileListing{Source: source}
	if i := strings.LastIndexByte(source, ':'); i > 0 {
		l.file = source[:i]
		l.number, _ = strconv.Atoi(source[i+1:])
		l.Line = kernels.SourceLine(l.file, l.number)
	}
	return l
}

// printListing writes the source with the instructions beneath its lines.
func printListing(w io.Writer, k *profileKernel) {
	fmt.Fprintf(w, "\n%s, as executed by %d groups: runs and cache lines are counted, bank conflicts and waited cycles modelled\n", k.Kernel, k.Executed)
	fmt.Fprintf(w, "%10s %9s %9s %10s\n", "RUNS", "LINES", "CONFLICTS", "WAITED")
	for _, l := range k.Listing {
		fmt.Fprintf(w, "%41s %s: %s\n", "", cmp.Or(l.Source, "(no source)"), strings.TrimSpace(l.Line))
		for _, in := range l.Instructions {
			fmt.Fprintf(w, "%10d %9s %9s %10s     %04x  %s\n", in.Runs, some(in.Lines), some(in.Conflicts), some(in.Stall), in.Addr, in.Text)
		}
	}
}

// some is a number, or nothing.
func some(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
