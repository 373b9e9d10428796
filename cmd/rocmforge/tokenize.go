package main

import (
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/tokenizer"
	"github.com/spf13/cobra"
)

// tokenizeResult is the JSON of tokenize.
type tokenizeResult struct {
	IDs []int32 `json:"ids"`
}

func (a *app) tokenizeCommand() *cobra.Command {
	var o tokenizer.Options
	c := &cobra.Command{
		Use:   "tokenize [flags] [TEXT | -]",
		Short: "Turn text into token ids",
		Long: `Turn text, the arguments or stdin, into token ids. A GGUF file with only a
vocabulary and a folder with only tokenizer files are enough.`,
		Example: `  rocmforge tokenize "func main() {"
  rocmforge tokenize -m model.gguf --bos --special --json < text.txt`,
		RunE: func(c *cobra.Command, args []string) error {
			text, err := a.text(c.Context(), args, "text")
			if err != nil {
				return err
			}
			return a.tokenize(text, o)
		},
	}
	c.Flags().BoolVar(&o.BOS, "bos", false, "add the special tokens that the model expects around a text")
	c.Flags().BoolVar(&o.Special, "special", false, "recognise special tokens written out in the text")
	return uses(c, "model")
}

func (a *app) tokenize(text string, o tokenizer.Options) error {
	t, err := a.openTokenizer()
	if err != nil {
		return err
	}
	ids, err := t.Encode(text, o)
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(tokenizeResult{IDs: append([]int32{}, ids...)})
	}
	_, err = fmt.Fprintln(a.stdout, joinIDs(ids))
	return err
}

// joinIDs is what --tokens takes.
func joinIDs(ids []int32) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}
