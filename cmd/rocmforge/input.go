package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
)

// maxInput bounds what is read from stdin, as the tokenizer bounds a text.
const maxInput = 64 << 20

// text is what a command works on: its arguments joined by blanks, or stdin
// when the only argument is "-" or there is none and stdin is no terminal.
func (a *app) text(ctx context.Context, args []string, name string) (string, error) {
	fromStdin := len(args) == 1 && args[0] == "-"
	if len(args) > 0 && !fromStdin {
		return strings.Join(args, " "), nil
	}
	if !fromStdin && isTerminal(a.stdin) {
		instead := ""
		if name == "prompt" {
			instead = "; rocmforge chat is for a conversation"
		}
		return "", usagef("no %s: give it as an argument, or on stdin%s", name, instead)
	}
	b, err := interruptible(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.stdin, maxInput+1)) })
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case len(b) > maxInput:
		return "", usagef("the %s on stdin has over %d bytes", name, maxInput)
	case len(b) == 0 && !fromStdin: // a closed stdin, too
		return "", usagef("no %s: give it as an argument or on stdin", name)
	case err != nil:
		return "", fmt.Errorf("stdin: %w", err)
	}
	return string(b), nil
}

// readInput reads a file that is no part of a model, so that no model is
// refused with it.
func readInput(path string, max int64) ([]byte, error) {
	b, err := safefile.ReadFile(path, max)
	if is[*fileerr.Error](err) {
		return nil, errors.New(err.Error())
	}
	return b, err
}

// parseIDs reads "1,2,3".
func parseIDs(s string) ([]int32, error) {
	if s = strings.TrimSpace(s); s == "" {
		return nil, usagef("--tokens is empty: want ids separated by commas")
	}
	var ids []int32
	for field := range strings.SplitSeq(s, ",") {
		id, err := strconv.ParseUint(strings.TrimSpace(field), 10, 31)
		if err != nil {
			return nil, usagef("--tokens: %q is not a token id", field)
		}
		ids = append(ids, int32(id))
	}
	return ids, nil
}

// ids are the token ids of --tokens, or those on stdin when it is "-".
func (a *app) ids(ctx context.Context, tokens string) ([]int32, error) {
	if tokens != "-" {
		return parseIDs(tokens)
	}
	text, err := a.text(ctx, []string{"-"}, "token ids")
	if err != nil {
		return nil, err
	}
	return parseIDs(text)
}

var errLongLine = errors.New("the line is too long")

// boundedLine reads a line without its end. One of over max bytes is skipped,
// and errLongLine; io.EOF comes when there is none.
func boundedLine(r *bufio.Reader, max int) (line []byte, err error) {
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > max+1; !long {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err != nil && (err != io.EOF || len(line) == 0 && !long):
			return nil, err
		case long:
			return nil, fmt.Errorf("%w: over %d bytes", errLongLine, max)
		}
		return bytes.TrimSuffix(line, []byte("\n")), nil
	}
}
