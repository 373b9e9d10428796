// Package fileerr is how a refused file is reported: which file, where in it,
// what was found and what is allowed. It knows no format.
package fileerr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// NoOffset is the Offset of an error that belongs to no single byte.
const NoOffset int64 = -1

// maxName is how many characters of a name from a file are shown.
const maxName = 128

// An Error says what is wrong with a file's content. Whoever finds one with
// errors.As knows that the file was refused, and that nothing else failed.
type Error struct {
	File    string // path, as the caller gave it; empty where there is none
	Offset  int64  // byte offset of the bad field, or NoOffset
	Subject string // what the error is about: `tensor "x"`, `key "y"`; may be empty
	Err     error  // what was found and what is allowed
}

// ErrFormat is what every Error is, for errors.Is: packages that read files have
// it under a name of their own.
var ErrFormat = errors.New("the file is damaged, or of another format")

// Is says that an Error is an ErrFormat.
func (e *Error) Is(target error) bool { return target == ErrFormat }

// New makes an Error; format and args are fmt.Errorf's, so %w works.
func New(file string, offset int64, subject, format string, args ...any) *Error {
	return &Error{file, offset, subject, fmt.Errorf(format, args...)}
}

// Error is one line without control characters: file, offset, subject, reason.
func (e *Error) Error() string {
	var parts []string
	if e.File != "" {
		parts = append(parts, printable(e.File))
	}
	if e.Offset >= 0 {
		parts = append(parts, fmt.Sprintf("offset %d", e.Offset))
	}
	if e.Subject != "" {
		parts = append(parts, e.Subject)
	}
	return strings.Join(append(parts, e.Err.Error()), ": ")
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }

// Quote makes a name that came out of a file safe to show: quoted, control
// characters and broken UTF-8 escaped, cut at 128 characters.
func Quote(name string) string {
	end, n := len(name), 0
	for i := range name {
		if n == maxName {
			end = i
			break
		}
		n++
	}
	q := strconv.Quote(name[:end])
	if end < len(name) {
		q += "..."
	}
	return q
}

// printable leaves ordinary paths as they are.
func printable(path string) string {
	q := strconv.Quote(path)
	if q == `"`+path+`"` {
		return path
	}
	return q
}
