package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

func (a *app) printGonogo(r *gonogoResult) error {
	if a.json {
		return a.writeJSON(r)
	}
	return writeChecks(a.stdout, r.Checks)
}

// problem names what failed, or says that nothing was measured.
func (r *gonogoResult) problem() error {
	var bad []string
	good := false
	for _, c := range r.Checks {
		if c.Status == failed {
			bad = append(bad, c.Name)
		}
		good = good || c.Status == passed
	}
	switch {
	case len(bad) > 0:
		return fmt.Errorf("no go: %d of %d checks failed: %s", len(bad), len(r.Checks), strings.Join(bad, ", "))
	case !good:
		return errors.New("no go: there was no check that could be measured")
	}
	return nil
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
