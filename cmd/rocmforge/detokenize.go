package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// detokenizeResult is the JSON of detokenize.
type detokenizeResult struct {
	Text string `json:"text"`
}

func (a *app) detokenizeCommand() *cobra.Command {
	var tokens string
	var special bool
	c := &cobra.Command{
		Use:   "detokenize --tokens IDS [flags]",
		Short: "Turn token ids into text",
		Long: `Turn token ids into text. Bytes that are no UTF-8 come out as U+FFFD. A GGUF file
with only a vocabulary and a folder with only tokenizer files are enough.`,
		Example: `  rocmforge detokenize --tokens 0,294,285
  rocmforge detokenize -m model.gguf --special --json --tokens 1,15043`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			ids, err := parseIDs(tokens)
			if err != nil {
				return err
			}
			return a.detokenize(ids, special)
		},
	}
	c.Flags().StringVar(&tokens, "tokens", "", "token ids, separated by commas")
	c.Flags().BoolVar(&special, "special", false, "write special tokens out")
	c.MarkFlagRequired("tokens")
	return c
}

func (a *app) detokenize(ids []int32, special bool) error {
	t, err := a.openTokenizer()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if int(id) >= t.Size() {
			return fmt.Errorf("token %d; the vocabulary has %d", id, t.Size())
		}
	}
	text := t.Decode(ids, special)
	if a.json {
		return a.writeJSON(detokenizeResult{text})
	}
	_, err = io.WriteString(a.stdout, text)
	return err
}
