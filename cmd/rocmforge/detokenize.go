package main

import (
	"fmt"
	"io"

	"github.com/rocmforge/rocmforge/tokenizer"
	"github.com/spf13/cobra"
)

// detokenizeResult is the JSON of detokenize.
type detokenizeResult struct {
	Text string `json:"text"`
}

func (a *app) detokenizeCommand() *cobra.Command {
	var tokens string
	var skipSpecial bool
	c := &cobra.Command{
		Use:   "detokenize --tokens IDS [flags]",
		Short: "Turn token ids into text",
		Long: `Turn token ids into text. Bytes that are not UTF-8 become U+FFFD. A GGUF file
with only a vocabulary and a folder with only tokenizer files are enough.
Special tokens are written out, so that the text is what tokenize --special was
given.`,
		Example: `  rocmforge detokenize --tokens 0,294,285
  rocmforge detokenize -m model.gguf --skip-special --json --tokens 1,15043
  rocmforge tokenize < main.go | rocmforge detokenize --tokens -`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unexpected argument %q: token ids are given by --tokens", args[0])
			}
			return noArgs(c, args)
		},
		RunE: func(c *cobra.Command, _ []string) error {
			ids, err := a.ids(c.Context(), tokens)
			if err != nil {
				return err
			}
			return a.detokenize(ids, !skipSpecial)
		},
	}
	c.Flags().StringVar(&tokens, "tokens", "", "token ids, separated by commas; - reads them from stdin")
	c.Flags().BoolVar(&skipSpecial, "skip-special", false, "leave special tokens out")
	c.MarkFlagRequired("tokens")
	return uses(c, "model")
}

func (a *app) detokenize(ids []int32, special bool) error {
	t, err := a.openTokenizer()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if int(id) >= t.Size() {
			return fmt.Errorf("token %d: want 0 to %d", id, t.Size()-1)
		}
	}
	text := t.Decode(ids, tokenizer.Specials(special))
	if a.json {
		return a.writeJSON(detokenizeResult{text})
	}
	_, err = io.WriteString(a.stdout, text)
	return err
}
