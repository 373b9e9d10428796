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
	Text   string  `json:"text"`
	Tokens int     `json:"tokens"`
}

func (a *app) perplexityCommand() *cobra.Command {
	var t measuredText
	c := &cobra.Command{
		Use:   "perplexity [flags] [MODEL]",
		Short: "Measure how well a model predicts a text (lower is better)",
		Long: `Measure how well a model predicts a text. The text is split into chunks of --ctx
tokens, which do not overlap; each starts with an empty context, and every
position counts. A last chunk that is not full is left out, unless it is the
only one. A tokens file has uint16 ids, little-endian, and nothing is added to
them. Without a text, it measures the built-in one: some of this program's own
source, in Go. Such a figure cannot be compared with a paper's. The number after
± is the standard error.`,
		Example: `  rocmforge perplexity --file README.md
  rocmforge perplexity model.gguf --tokens-file heldout.tokens --chunks 8 --json`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
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
		return a.writeJSON(perplexityResult{r.PPL, r.StdErr, t.name(), r.Tokens})
	}
	_, err = fmt.Fprintf(a.stdout, "perplexity %.4f ± %.4f over %d tokens of %s\n", r.PPL, r.StdErr, r.Tokens, textTitle(t.name()))
	return err
}
