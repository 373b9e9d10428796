package jit

import (
	"errors"
	"regexp"
	"strings"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
)

// A CompileError is a program that could not be compiled.
type CompileError struct {
	Program string
	Arch    string
	Options []string
	Log     string // the compiler's text, or the last that a dead child process wrote
	Err     error  // what failed
}

func newCompileError(p kernels.Program, log string, err error) *CompileError {
	if e, ok := errors.AsType[*hiprtc.Error](err); ok {
		err = &hiprtc.Error{Call: e.Call, Code: e.Code, Text: e.Text} // the log stands here
	}
	return &CompileError{p.Name, p.Arch, p.Options, cleanLog(log), err}
}

// Error has the first complaint in its first line, then the whole log.
func (e *CompileError) Error() string {
	var b strings.Builder
	b.WriteString("kernels " + e.Program + " for " + e.Arch + ": " + e.Err.Error())
	if first := e.First(); first != "" {
		b.WriteString(": " + first)
	}
	b.WriteString(" (options: " + strings.Join(e.Options, " ") + ")")
	for line := range strings.Lines(e.Log) {
		b.WriteString("\n    " + strings.TrimRight(line, "\r\n"))
	}
	return b.String()
}

// Unwrap gives what failed.
func (e *CompileError) Unwrap() error { return e.Err }

// First is the log's first error with its file and line, or nothing.
func (e *CompileError) First() string {
	for line := range strings.Lines(e.Log) {
		if strings.Contains(line, "error:") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// compilerFolders are the folders that the compiler makes for a program and
// its headers: their names are random and say nothing.
var compilerFolders = regexp.MustCompile(`(/[^\s:]*)?/comgr-[^/\s]+/(input|include)/`)

// cleanLog is a compiler's log without what differs from run to run.
func cleanLog(log string) string {
	return strings.TrimSpace(compilerFolders.ReplaceAllString(strings.TrimRight(log, "\x00"), ""))
}
