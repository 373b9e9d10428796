package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
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
		Use:   "logits --tokens IDS [flags] [MODEL]",
		Short: "Print the logits after a sequence of token ids",
		Long: `Print the logits after the last of the given token ids, or after each of them
with --all. The ids are taken as they are; nothing is added. Without --json,
only the ten largest are shown.`,
		Example: `  rocmforge logits --tokens 0,294,285
  rocmforge logits model.gguf --tokens 1,15043 --all --exact --json`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, _ []string) error {
			ids, err := a.ids(c.Context(), tokens)
			if err != nil {
				return err
			}
			return a.logits(c.Context(), ids, all)
		},
	}
	c.Flags().StringVar(&tokens, "tokens", "", "token ids, separated by commas; - reads them from stdin")
	c.Flags().BoolVar(&all, "all", false, "print the logits after every token")
	c.MarkFlagRequired("tokens")
	return c
}

func (a *app) logits(ctx context.Context, ids []int32, all bool) error {
	m, s, close, err := a.session(ctx)
	if err != nil {
		return err
	}
	defer close()
	r, position := logitsResult{}, len(ids)-1
	rows := lastRow(ctx, s, ids)
	if all {
		position, rows = 0, s.ForwardRows(ctx, ids)
	}
	for row, err := range rows {
		if err != nil {
			return cause(ctx, err)
		}
		if err := checkFinite(position, row); err != nil {
			return err
		}
		if a.json {
			r.Logits = append(r.Logits, slices.Clone(row))
		} else if err := a.printTop(m, position, row); err != nil {
			return err
		}
		position++
	}
	if a.json {
		return a.writeJSON(r)
	}
	return nil
}

// lastRow is the logits after the last of ids alone.
func lastRow(ctx context.Context, s *rocmforge.Session, ids []int32) iter.Seq2[[]float32, error] {
	return func(yield func([]float32, error) bool) { yield(s.Forward(ctx, ids)) }
}

// checkFinite refuses what JSON could not say and nobody could use.
func checkFinite(position int, row []float32) error {
	for id, l := range row {
		if math.IsNaN(float64(l)) || math.IsInf(float64(l), 0) {
			return fmt.Errorf("position %d: logit of token %d is %v: the weights are damaged, the device computes wrong numbers, or keys and values are too large for the KV cache: try --kv-cache-dtype f32", position, id, l)
		}
	}
	return nil
}

// printTop shows the ten largest logits after a position.
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
