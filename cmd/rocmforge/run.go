package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/spf13/cobra"
)

// runResult is the JSON of run.
type runResult struct {
	PromptIDs []int32 `json:"prompt_ids"`
	IDs       []int32 `json:"ids"`
	Text      string  `json:"text"`
	Stop      string  `json:"stop"`
	Seed      uint64  `json:"seed"`
}

func (a *app) runCommand() *cobra.Command {
	var g generation
	c := &cobra.Command{
		Use:   "run [flags] [PROMPT | -]",
		Short: "Continue a prompt",
		Long: `Continue a prompt, which is the arguments, or stdin with "-" or in a pipe.
The text appears on stdout as it comes; --json prints one object at the end.
Ctrl-C ends the text, a second Ctrl-C the program.`,
		Example: `  rocmforge run "func (s *Stack) Push("
  rocmforge run -m model.gguf -n 50 --temperature 0 "The capital of France is"
  rocmforge run -m model.gguf --top-p 0.9 --seed 7 --stop $'\n\n' --json - < prompt.txt`,
		RunE: func(c *cobra.Command, args []string) error {
			prompt, err := a.text(c.Context(), args, "prompt")
			if err != nil {
				return err
			}
			o, err := g.options()
			if err != nil {
				return err
			}
			return a.run(c.Context(), prompt, o)
		},
	}
	g.register(c.Flags(), 128)
	return c
}

func (a *app) run(ctx context.Context, prompt string, o rocmforge.GenerateOptions) error {
	m, s, close, err := a.session(ctx)
	if err != nil {
		return err
	}
	defer close()
	ids, err := encodePrompt(m, prompt, true)
	if err != nil {
		return err
	}
	show := a.stdout
	if a.json {
		show = io.Discard
	}
	r, err := generate(ctx, s, ids, o, show)
	if err != nil && !is[signalError](err) {
		return err
	}
	if a.json {
		return errors.Join(a.writeJSON(r), err)
	}
	if isTerminal(a.stdout) && !strings.HasSuffix(r.Text, "\n") {
		io.WriteString(a.stdout, "\n")
	}
	return err
}
