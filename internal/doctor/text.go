package doctor

import (
	"fmt"
	"io"
	"strings"

	"github.com/rocmforge/rocmforge/internal/columns"
)

// indent is the column of findings: after a status and most names.
const indent = 7 + 2 + 17 + 2

// WriteText writes a report for people, in lines of at most width columns: a line for
// each check, and below it what to do, each remedy once. Without problems the
// last line is the summary.
func (r Report) WriteText(w io.Writer, width int) error {
	said := map[string]string{} // remedies, and for which check
	var b strings.Builder
	for _, c := range r.Checks {
		b.WriteString(columns.Hang(fmt.Sprintf("%-7s  %-17s  ", c.Status, c.Name), indent, c.Finding, width))
		if c.Remedy == "" {
			continue
		}
		remedy := c.Remedy
		if first, ok := said[remedy]; ok {
			remedy = "as for " + first
		} else {
			said[remedy] = c.Name
		}
		b.WriteString(columns.Hang(strings.Repeat(" ", indent)+"-> ", indent+3, remedy, width))
	}
	if r.Problems == 0 {
		b.WriteString(r.Summary() + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Summary is the report in a few words.
func (r Report) Summary() string {
	warnings := count(r.Warnings, "warning")
	if r.Problems > 0 {
		return "models cannot run on a GPU here: " + count(r.Problems, "problem") + ", " + warnings
	}
	return "nothing found that keeps models from running on a GPU; " + warnings
}

func count(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
