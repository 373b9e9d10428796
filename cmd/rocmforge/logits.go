package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/tokenizer"
	"github.com/spf13/cobra"
)

// logitsResult is the JSON of logits.
type logitsResult struct {
	Logits [][]float32 `json:"logits"`
}

func (a *app) logitsCommand() *cobra.Command {
	var tokens string
	var all bool
	c := &cobra.Command{
		Use:   "logits --tokens IDS [flags]",
		Short: "Print the logits behind token ids",
		Long: `Print the logits behind the last of the given token ids, or behind each with
--all. The ids are taken as they are; nothing is added. Without --json, only the
ten largest are shown.`,
		Example: `  rocmforge logits --tokens 0,294,285
  rocmforge logits -m model.gguf --tokens 1,15043 --all --exact --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ids, err := a.ids(c.Context(), tokens)
			if err != nil {
				return err
			}
			return a.logits(c.Context(), ids, all)
		},
	}
	c.Flags().StringVar(&tokens, "tokens", "", "token ids, separated by commas; - reads them from stdin")
	c.Flags().BoolVar(&all, "all", false, "print the logits behind every token")
	c.MarkFlagRequired("tokens")
	return c
}

func (a *app) logits(ctx context.Context, ids []int32, all bool) error {
	m, s, close, err := a.session(ctx)
	if err != nil {
		return err
	}
	defer close()
	rows, err := s.Forward(ctx, ids, all)
	if err != nil {
		return cause(ctx, err)
	}
	first := len(ids) - len(rows)
	for i, row := range rows {
		if err := checkFinite(first+i, row); err != nil {
			return err
		}
	}
	if a.json {
		return a.writeJSON(logitsResult{rows})
	}
	for i, row := range rows {
		if err := a.printTop(m, first+i, row); err != nil {
			return err
		}
	}
	return nil
}

// checkFinite refuses what JSON could not say and nobody could use.
func checkFinite(position int, row []float32) error {
	for id, l := range row {
		if math.IsNaN(float64(l)) || math.IsInf(float64(l), 0) {
			return fmt.Errorf("position %d: logit of token %d is %v: the model's numbers are broken", position, id, l)
		}
	}
	return nil
}

// printTop shows the ten largest logits behind a position.
func (a *app) printTop(m *rocmforge.Model, position int, row []float32) error {
	ids := make([]int32, len(row))
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortStableFunc(ids, func(x, y int32) int { return cmp.Compare(row[y], row[x]) })
	fmt.Fprintf(a.stdout, "position %d\n", position)
	for _, id := range ids[:min(10, len(ids))] {
		text := ""
		if t := m.Tokenizer(); t != nil {
			text = t.Decode([]int32{id}, tokenizer.KeepSpecial)
		}
		if _, err := fmt.Fprintf(a.stdout, "%10.4f  %6d  %q\n", row[id], id, text); err != nil {
			return err
		}
	}
	return nil
}

// cause is the signal that ended ctx, or else err.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
