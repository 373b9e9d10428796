package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/spf13/cobra"
)

// runResult is the JSON of run.
type runResult struct {
	PromptIDs []int32         `json:"prompt_ids"`
	IDs       []int32         `json:"ids"`
	Text      string          `json:"text"`
	Stop      string          `json:"stop"`
	Seed      uint64          `json:"seed"`
	Stats     generationStats `json:"stats"`
	LogProbs  []tokenLogProb  `json:"logprobs,omitempty"` // of ids
}

// runToken is a line of run --json-stream, which ends with a runResult.
type runToken struct {
	ID   int32  `json:"id"` // -1: only text is left
	Text string `json:"text"`

	LogProb *float64  `json:"logprob,omitempty"`
	Top     []topProb `json:"top,omitempty"`
}

func (a *app) runCommand() *cobra.Command {
	var g generation
	var p prompt
	var stream bool
	var logProbs int
	c := &cobra.Command{
		Use:   "run [flags] [PROMPT | -]",
		Short: "Generate text that continues a prompt",
		Long: `Generate text that continues a prompt: the arguments, -p, a file (-f), or stdin
with "-" or in a pipe. The model is named by -m; without it, the built-in demo
model continues Go code. Text appears on stdout as it is generated. Ctrl-C ends
the text, a second Ctrl-C the program.

Where no sampling flag is given, tokens are sampled as the model's files
recommend (generation_config.json, or general.sampling keys of GGUF), or else
with temperature 0.7, top-k 40, top-p 0.95 and min-p 0.05. Each flag replaces
one of these values. --temperature 0 is greedy: the same text each time, with
the model's repetition penalty, if it has one, unless --repeat-penalty is 1.`,
		Example: `  rocmforge run "func (b *Buffer) Len() int {"
  rocmforge run -m model.gguf -n 50 --temperature 0 "The capital of France is"
  rocmforge run -m model.gguf --top-p 0.9 --seed 7 --stop $'\n\n' -f prompt.txt
  rocmforge run -m model.gguf --json - < prompt.txt`,
		SuggestFor: []string{"generate", "complete", "exec", "cli"},
		RunE: func(c *cobra.Command, args []string) error {
			a.json = a.json || stream
			text, err := p.read(c.Context(), a, args)
			if err != nil {
				return err
			}
			o, err := g.options()
			if err != nil {
				return err
			}
			if o.LogProbs, o.TopLogProbs = logProbs > 0, logProbs; logProbs < 0 || logProbs > 0 && !a.json {
				return usagef("--logprobs %d: want at least 0, and --json or --json-stream", logProbs)
			}
			o.Stop = a.stops(o.Stop)
			return a.run(c.Context(), text, &g, o, stream)
		},
	}
	p.flags(c)
	g.register(c.Flags(), 128)
	c.Flags().BoolVar(&stream, "json-stream", false, "print a JSON line for each token, and then the object of --json")
	c.Flags().IntVar(&logProbs, "logprobs", 0, "with JSON: log-probabilities of each token and of this many most probable ones")
	c.Flags().SetAnnotation("logprobs", groupKey, []string{outputFlags})
	c.Flags().SetAnnotation("json-stream", groupKey, []string{outputFlags})
	return c
}

func (a *app) run(ctx context.Context, prompt string, g *generation, o rocmforge.GenerateOptions, stream bool) error {
	m, s, close, err := a.session(ctx)
	if err != nil {
		return err
	}
	defer close()
	ids, err := encodePrompt(m, prompt, true)
	if err != nil {
		return err
	}
	o.Sampling = g.over(m.Sampling())
	r, err := a.generate(ctx, m, s, ids, o, a.withNotice(a.shower(m, stream, o.LogProbs)))
	if err != nil && !is[signalError](err) {
		return err
	}
	if a.json {
		return errors.Join(a.writeJSON(r), err)
	}
	if (isTerminal(a.stdout) || g.stats) && !strings.HasSuffix(r.Text, "\n") {
		io.WriteString(a.stdout, "\n")
	}
	a.printStats(g, &r)
	return err
}

// shower is what becomes of each token: text, a line of JSON, or nothing.
func (a *app) shower(m *rocmforge.Model, stream, logProbs bool) func(rocmforge.Token) error {
	switch {
	case stream:
		return func(t rocmforge.Token) error {
			line := runToken{ID: t.ID, Text: t.Text}
			if p := logProbOf(m, t); logProbs && t.ID >= 0 {
				line.LogProb, line.Top = &p.LogProb, p.Top
			}
			return a.writeJSON(line)
		}
	case a.json:
		return func(rocmforge.Token) error { return nil }
	}
	return func(t rocmforge.Token) error {
		_, err := io.WriteString(a.stdout, t.Text)
		return err
	}
}

// withNotice says before the first token which model it is that nobody named.
func (a *app) withNotice(show func(rocmforge.Token) error) func(rocmforge.Token) error {
	said := a.model != "" || a.json
	return func(t rocmforge.Token) error {
		if !said {
			said = true
			a.progressLine.end()
			fmt.Fprintln(a.stderr, "rocmforge: this is the built-in demo model, which continues Go code; -m FILE names another")
		}
		return show(t)
	}
}
