package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/peterh/liner"
	"github.com/rocmforge/rocmforge"
	"github.com/spf13/cobra"
)

// chatTurn is one line of the JSON of chat.
type chatTurn struct {
	Prompt string `json:"prompt"`
	runResult
}

func (a *app) chatCommand() *cobra.Command {
	var g generation
	c := &cobra.Command{
		Use:   "chat [flags] [MODEL]",
		Short: "Talk with a model, line by line",
		Long: `Talk with a model. Each line is appended to the conversation as it is; chat
templates are not applied. Ctrl-C ends an answer, Ctrl-D leaves.
In a pipe, each line of stdin is a turn.`,
		Example: `  rocmforge chat -m model.gguf --temperature 0.8
  rocmforge chat -n 64 --stop $'\n\n'
  printf 'package main\nfunc main() {\n' | rocmforge chat --json`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := g.options()
			if err != nil {
				return err
			}
			o.Stop = a.stops(o.Stop)
			return a.chat(c.Context(), &g, o)
		},
	}
	g.register(c.Flags(), 256)
	return c
}

// chat takes turns until the lines or the context end.
func (a *app) chat(ctx context.Context, g *generation, o rocmforge.GenerateOptions) error {
	m, s, close, err := a.session(ctx)
	if err != nil {
		return err
	}
	defer close()
	o.Sampling = g.over(m.Sampling())
	lines := a.lineReader()
	defer lines.Close()
	for {
		line, err := interruptible(ctx, lines.Next)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line == "" {
			continue
		}
		if err := a.turn(ctx, m, s, line+"\n", g, o); err != nil {
			return err
		}
		o.Sampling.Seed = s.Seed() + 1 // or equal turns would get equal draws
	}
}

// turn sends one line and shows the answer. SIGINT ends only the answer.
func (a *app) turn(ctx context.Context, m *rocmforge.Model, s *rocmforge.Session, prompt string, g *generation, o rocmforge.GenerateOptions) error {
	ids, err := encodePrompt(m, prompt, s.Len() == 0)
	if err != nil {
		return err
	}
	answer, done := a.signals.beginAnswer(ctx)
	defer done()
	r, err := a.generate(answer, m, s, ids, o, a.shower(m, false, false))
	if err != nil && (ctx.Err() != nil || !is[signalError](err)) {
		return err
	}
	if a.json {
		return a.writeJSON(chatTurn{prompt, r})
	}
	if !strings.HasSuffix(r.Text, "\n") {
		if _, err = fmt.Fprintln(a.stdout); err != nil {
			return err
		}
	}
	a.printStats(g, &r)
	return nil
}

// lineReader gives the user's lines; io.EOF ends them.
type lineReader interface {
	Next() (string, error)
	Close() error
}

// lineReader edits lines on a terminal, and only reads them anywhere else.
func (a *app) lineReader() lineReader {
	if a.json || !isTerminal(a.stdin) || !isTerminal(a.stdout) {
		return &pipedLines{bufio.NewReader(io.LimitReader(a.stdin, maxInput))}
	}
	e := &lineEditor{State: liner.NewLiner(), history: historyFile()}
	e.SetCtrlCAborts(true)
	e.SetMultiLineMode(true)
	e.readHistory()
	a.signals.beforeExit(func() { e.State.Close() })
	return e
}

type pipedLines struct{ *bufio.Reader }

func (p *pipedLines) Next() (string, error) {
	line, err := p.ReadString('\n')
	if line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

func (p *pipedLines) Close() error { return nil }

// lineEditor is a line on a terminal, with a history.
type lineEditor struct {
	*liner.State
	history string // path, or empty for none
}

// Next returns the next line. Ctrl-C empties it.
func (e *lineEditor) Next() (string, error) {
	line, err := e.Prompt("> ")
	if errors.Is(err, liner.ErrPromptAborted) {
		return "", nil
	}
	if err == nil && strings.TrimSpace(line) != "" {
		e.AppendHistory(line)
	}
	return line, err
}

// Close restores the terminal and keeps the history, which is not worth an
// error where it cannot be kept.
func (e *lineEditor) Close() error {
	e.writeHistory()
	return e.State.Close()
}

// historyFile is where the XDG base directory specification wants it, or empty
// without a home.
func historyFile() string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "rocmforge", "history")
}

func (e *lineEditor) readHistory() {
	if f, err := os.Open(e.history); err == nil {
		defer f.Close()
		e.ReadHistory(io.LimitReader(f, 1<<20))
	}
}

func (e *lineEditor) writeHistory() {
	if e.history == "" || os.MkdirAll(filepath.Dir(e.history), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(e.history, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	e.WriteHistory(f)
}
