package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"unicode"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/quantize"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/runtime/sample"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// Exit codes. Those of signals are 128 + the signal, as shells have it.
const (
	exitDone   = 0
	exitError  = 1
	exitUsage  = 2
	exitModel  = 3
	exitFit    = 4
	exitDevice = 5
	exitPipe   = 128 + 13
	exitHangup = 128 + 1
	exitInt    = 128 + 2
	exitQuit   = 128 + 3
	exitTerm   = 128 + 15
)

// usageError is an error in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// exitCode is the code that an error stands for.
func exitCode(err error) int {
	var (
		sig signalError
		use usageError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &sig):
		return sig.code
	case errors.Is(err, syscall.EPIPE):
		return exitPipe
	case errors.As(err, &use), is[*sample.OptionError](err), is[*quantize.OptionError](err):
		return exitUsage
	case is[*runtime.ModelError](err), is[*convert.SourceError](err), is[*fileerr.Error](err), errors.Is(err, tokenizer.ErrUnsupported):
		return exitModel
	case is[*runtime.FitError](err), is[*device.MemoryError](err):
		return exitFit
	case is[*runtime.DeviceError](err):
		return exitDevice
	}
	return exitError
}

// is says whether err is or wraps an error of type E.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// report prints an error as one line and returns the exit code. A reader that
// has gone away is told nothing.
func (a *app) report(err error) int {
	code := exitCode(err)
	a.progressLine.end()
	if code == exitDone || code == exitPipe {
		return code
	}
	var bug *runtime.BugError
	if errors.As(err, &bug) {
		a.reportBug(bug.Value, bug.Stack)
		return code
	}
	message := oneLine(err.Error())
	var long *runtime.ContextError
	if errors.As(err, &long) && long.Longest > long.Limit {
		message += ", with --ctx"
	}
	if code == exitUsage && !a.json {
		message += " (see " + cmp.Or(a.command, "rocmforge") + " --help)"
	}
	a.printError(message)
	return code
}

// recover turns a panic of the program itself into one line.
func (a *app) recover(code *int) {
	if r := recover(); r != nil {
		a.reportBug(r, debug.Stack())
		*code = exitError
	}
}

// reportBug keeps the stack trace in a file and says where.
func (a *app) reportBug(value any, stack []byte) {
	where := "run again with --debug for a stack trace"
	if a.debug {
		fmt.Fprintf(a.stderr, "%s\n", stack)
		where = "the stack trace is above"
	} else if name, err := a.writeCrash(value, stack); err == nil {
		where = "report in " + name
	}
	a.printError(oneLine(fmt.Sprintf("internal error: %v; version %s; %s", value, a.build, where)))
}

func (a *app) writeCrash(value any, stack []byte) (string, error) {
	f, err := os.CreateTemp("", "rocmforge-crash-*.txt")
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(f, "rocmforge %s\n%v\n\n%s", a.build, value, stack)
	return f.Name(), errors.Join(err, f.Close())
}

func (a *app) printError(message string) {
	if a.json {
		json.NewEncoder(a.stderr).Encode(map[string]string{"error": message})
		return
	}
	fmt.Fprintf(a.stderr, "rocmforge: %s\n", message)
}

// joinLines makes sentences and lists of lines.
var joinLines = strings.NewReplacer(":\n\t", ": ", "\n\t", "; ", ".\n", ". ", "\n", ". ")

// oneLine leaves nothing in a message that could start a line or steer a
// terminal.
func oneLine(s string) string {
	s = joinLines.Replace(strings.TrimSpace(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
