package main

import (
	"github.com/rocmforge/rocmforge/internal/columns"

	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/internal/sysfs"
	"golang.org/x/term"
)

// gpuTable is a line of titles and one for each GPU. The name is last, so that
// a narrow terminal loses that.
func gpuTable(gpus []sysfs.GPU) []string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "GPU\tARCH\tUSE\tVRAM GIB\tGTT GIB\tMHZ\tWATTS\t°C\tRPM\tNAME")
	for _, g := range gpus {
		t := g.Temperature
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			g.Card, cmp.Or(g.Arch, "-"), percent(g.Use), memoryCell(g.VRAM), memoryCell(g.GTT),
			slashed(whole(g.CoreClock), whole(g.MemoryClock)), slashed(rounded(g.Power), rounded(g.PowerLimit)),
			slashed(rounded(t.Edge), rounded(t.Junction), rounded(t.Memory)), whole(g.Fan), g.Title())
	}
	w.Flush()
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func percent(n *int64) string {
	if n == nil {
		return "-"
	}
	return whole(n) + "%"
}

func whole(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

func rounded(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'f', 0, 64)
}

func memoryCell(m sysfs.Memory) string {
	gib := func(n *int64) string {
		if n == nil {
			return "-"
		}
		return strconv.FormatFloat(float64(*n)/(1<<30), 'f', 1, 64)
	}
	return slashed(gib(m.Used), gib(m.Total))
}

// slashed is "-" if nothing is known.
func slashed(cells ...string) string {
	s := strings.Join(cells, "/")
	if strings.Trim(s, "-/") == "" {
		return "-"
	}
	return s
}

// fit leaves what a terminal shows without wrapping or scrolling; 0 is a width
// or height that is unknown.
func fit(lines []string, width, height int) []string {
	if height > 1 && len(lines) >= height {
		lines = lines[:height-1]
	}
	for i, line := range lines {
		if r := []rune(line); width > 0 && len(r) > width {
			lines[i] = string(r[:width])
		}
	}
	return lines
}

// redraw goes up over the lines drawn before, writes new ones and clears what
// is left of the old.
func redraw(drawn int, lines []string) string {
	var b strings.Builder
	if drawn > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", drawn)
	}
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	return b.String()
}

func terminalSize() (width, height int) {
	width, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0, 0
	}
	return width, height
}

// width is the columns of a text on stdout.
func (a *app) width() int {
	if width, _ := terminalSize(); width > 0 && isTerminal(a.stdout) {
		return width
	}
	return columns.Default
}
