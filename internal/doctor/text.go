package doctor

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes a report for people: a line for each check, and below it
// what to do.
func (r Report) WriteText(w io.Writer) error {
	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.Name))
	}
	var b strings.Builder
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "%-7s  %-*s  %s\n", c.Status, width, c.Name, c.Finding)
		if c.Remedy != "" {
			fmt.Fprintf(&b, "%-7s  %-*s  -> %s\n", "", width, "", c.Remedy)
		}
	}
	b.WriteString(r.Summary() + "\n")
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
