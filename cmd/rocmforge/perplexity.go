package main

import (
	"context"
	"fmt"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// perplexityResult is the JSON of perplexity.
type perplexityResult struct {
	PPL    float64 `json:"ppl"`
	Error  float64 `json:"ppl_error"`
	Tokens int     `json:"tokens"`
}

func (a *app) perplexityCommand() *cobra.Command {
	var t measuredText
	c := &cobra.Command{
		Use:   "perplexity [--tokens-file F | --file F] [flags]",
		Short: "Measure how well a model predicts a text",
		Long: `Measure how well a model predicts a text. Chunks of --ctx tokens do not overlap,
each starts afresh, and every position of a chunk counts. What does not fill a
chunk is left out, unless there is only that. A tokens file has uint16 ids,
little-endian, and nothing is added to them. Without a text it is some of this
program's own source, which is Go. Behind ± is the standard error.`,
		Example: `  rocmforge perplexity --file README.md
  rocmforge perplexity -m model.gguf --tokens-file heldout.tokens --ctx 1024 --chunks 8 --exact --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := t.check(); err != nil {
				return err
			}
			return a.perplexity(c.Context(), &t)
		},
	}
	t.flags(c)
	return c
}

func (a *app) perplexity(ctx context.Context, t *measuredText) error {
	m, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	ids, err := t.ids(m)
	if err != nil {
		return err
	}
	r, err := m.Perplexity(ctx, ids, runtime.PerplexityOptions{Chunks: t.chunks, Progress: a.progressCount("chunks")})
	if err != nil {
		return cause(ctx, err)
	}
	if a.json {
		return a.writeJSON(perplexityResult{r.PPL, r.StdErr, r.Tokens})
	}
	_, err = fmt.Fprintf(a.stdout, "perplexity %.4f ± %.4f over %d tokens\n", r.PPL, r.StdErr, r.Tokens)
	return err
}
