package hiprtc

import (
	"fmt"
	"strings"
)

// A Code is a hiprtcResult. Codes are errors, so that errors.Is finds them in
// what this package returns: errors.Is(err, hiprtc.Compilation).
type Code int32

// The codes of hiprtc.h.
const (
	Success                           Code = 0
	OutOfMemory                       Code = 1
	ProgramCreationFailure            Code = 2
	InvalidInput                      Code = 3
	InvalidProgram                    Code = 4
	InvalidOption                     Code = 5
	Compilation                       Code = 6 // the log says what is wrong
	BuiltinOperationFailure           Code = 7
	NoNameExpressionsAfterCompilation Code = 8
	NoLoweredNamesBeforeCompilation   Code = 9
	NameExpressionNotValid            Code = 10
	InternalError                     Code = 11
	Linking                           Code = 100
)

// Error is the code as a number; the library's text is in Error.Text.
func (c Code) Error() string { return fmt.Sprintf("hiprtc error %d", int32(c)) }

// An Error is a call that failed.
type Error struct {
	Call string // "hiprtcCompileProgram"
	Code Code
	Text string // what the library says about the code
	Log  string // the compiler's messages, of hiprtcCompileProgram
}

// Error gives the call, the code and the compiler's messages.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s (%d)", e.Call, e.Text, int32(e.Code))
	if log := strings.TrimSpace(e.Log); log != "" {
		s += "\n" + log
	}
	return s
}

// Unwrap gives the code.
func (e *Error) Unwrap() error { return e.Code }

// err makes a result an error, or nil for success.
func (l *Library) err(call string, result uintptr) error {
	c := Code(int32(result))
	if c == Success {
		return nil
	}
	return &Error{Call: call, Code: c, Text: l.GetErrorString(c)}
}
