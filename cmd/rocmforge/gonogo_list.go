package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rocmforge/rocmforge/internal/columns"
)

func (a *app) printGonogo(r *gonogoResult) error {
	if a.json {
		return a.writeJSON(r)
	}
	if err := writeChecks(a.stdout, r.Checks, a.width()); err != nil || !r.Go {
		return err
	}
	passes := 0
	for _, c := range r.Checks {
		if c.Status == passed {
			passes++
		}
	}
	_, err := fmt.Fprintf(a.stdout, "go: %d of %d checks passed, none failed\n", passes, len(r.Checks))
	return err
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
		return errors.New("no go: no check could be measured")
	}
	return nil
}

// writeChecks writes a line or more for each check, at most width columns wide.
func writeChecks(w io.Writer, checks []gonogoCheck, width int) error {
	for _, c := range checks {
		text := columns.Hang(fmt.Sprintf("%-14s  %-14s  ", c.Status, c.Name), 32, fmt.Sprintf("%s (wanted: %s)", c.Figure, c.Wanted), width)
		if c.Next != "" {
			text += columns.Hang(fmt.Sprintf("%-14s  %-14s  -> ", "", ""), 35, c.Next, width)
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}
