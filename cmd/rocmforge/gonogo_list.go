package main

import (
	"fmt"
	"io"
	"strings"
)

// printGonogo prints the list, and gives an error that names what failed.
func (a *app) printGonogo(r *gonogoResult) error {
	var bad []string
	for _, c := range r.Checks {
		if c.Status == failed {
			bad = append(bad, c.Name)
		}
	}
	r.Go = len(bad) == 0
	var err error
	if a.json {
		err = a.writeJSON(r)
	} else {
		err = writeChecks(a.stdout, r.Checks)
	}
	if err != nil || r.Go {
		return err
	}
	return fmt.Errorf("no go: %d of %d checks failed: %s", len(bad), len(r.Checks), strings.Join(bad, ", "))
}

func writeChecks(w io.Writer, checks []gonogoCheck) error {
	for _, c := range checks {
		if _, err := fmt.Fprintf(w, "%-14s  %-14s  %s (wanted: %s)\n", c.Status, c.Name, c.Figure, c.Wanted); err != nil {
			return err
		}
		if c.Next != "" {
			fmt.Fprintf(w, "%-14s  %-14s  -> %s\n", "", "", c.Next)
		}
	}
	return nil
}
