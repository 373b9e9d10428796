package main

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/tokenizer"
	"github.com/spf13/cobra"
)

// maxTokensFile bounds a file of token ids, and one of text.
const maxTokensFile = 1 << 30

// perplexityResult is the JSON of perplexity.
type perplexityResult struct {
	PPL    float64 `json:"ppl"`
	Tokens int     `json:"tokens"`
}

// perplexity has the flags of the command.
type perplexity struct {
	tokensFile, textFile string
	chunks               int
}

func (a *app) perplexityCommand() *cobra.Command {
	var p perplexity
	c := &cobra.Command{
		Use:   "perplexity (--tokens-file F | --file F) [flags]",
		Short: "Measure how well a model predicts a text",
		Long: `Measure how well a model predicts a text. Chunks of --ctx tokens do not overlap,
each starts afresh, and every position of a chunk counts. What does not fill a
chunk is left out, unless there is only that. A tokens file has uint16 ids,
little-endian, and nothing is added to them.`,
		Example: `  rocmforge perplexity --file README.md
  rocmforge perplexity -m model.gguf --tokens-file heldout.tokens --ctx 1024 --chunks 8 --exact --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if (p.tokensFile == "") == (p.textFile == "") {
				return usagef("want either --file or --tokens-file")
			}
			if p.chunks < 0 {
				return usagef("--chunks %d: want at least 0", p.chunks)
			}
			return a.perplexity(c.Context(), p)
		},
	}
	c.Flags().StringVar(&p.tokensFile, "tokens-file", "", "file of uint16 token ids, little-endian")
	c.Flags().StringVar(&p.textFile, "file", "", "file of text")
	c.Flags().IntVar(&p.chunks, "chunks", 0, "measure at most so many chunks (0: all)")
	return c
}

func (a *app) perplexity(ctx context.Context, p perplexity) error {
	m, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	ids, err := p.ids(m)
	if err != nil {
		return err
	}
	r, err := m.Perplexity(ctx, ids, runtime.PerplexityOptions{Chunks: p.chunks, Progress: a.progressCount("chunks")})
	if err != nil {
		return cause(ctx, err)
	}
	if a.json {
		return a.writeJSON(perplexityResult{PPL: r.PPL, Tokens: r.Tokens})
	}
	_, err = fmt.Fprintf(a.stdout, "perplexity %.4f over %d tokens\n", r.PPL, r.Tokens)
	return err
}

// ids reads the tokens to predict.
func (p *perplexity) ids(m *rocmforge.Model) ([]int32, error) {
	if p.tokensFile != "" {
		return readTokens(p.tokensFile)
	}
	text, err := readInput(p.textFile, maxInput)
	if err != nil {
		return nil, err
	}
	if m.Tokenizer() == nil {
		return nil, fmt.Errorf("the model has no tokenizer; use --tokens-file")
	}
	return m.Tokenizer().Encode(string(text), tokenizer.Options{BOS: true})
}

// readTokens reads a file of uint16 ids.
func readTokens(path string) ([]int32, error) {
	b, err := readInput(path, maxTokensFile)
	if err != nil {
		return nil, err
	}
	if len(b)%2 != 0 {
		return nil, fmt.Errorf("%s: %d bytes; uint16 ids need an even number", path, len(b))
	}
	ids := make([]int32, len(b)/2)
	for i := range ids {
		ids[i] = int32(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return ids, nil
}
