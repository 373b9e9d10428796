package dl

import (
	"fmt"
	"strings"
)

// A NotFoundError says that no library could be loaded, and why each file and
// folder that was tried did not do.
type NotFoundError struct {
	Library string // "libamdhip64"
	Tried   []Attempt
	Cause   error // ErrUnsupported, if nothing could be tried
}

// Error lists what was tried, a line each, and ends with what to do.
func (e *NotFoundError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Library, e.Cause)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s could not be opened. Tried:\n", e.Library)
	for _, a := range e.Tried {
		fmt.Fprintf(&b, "\t%s\n", a)
	}
	b.WriteString(remedy)
	return b.String()
}

// Unwrap gives the cause and the errors of the attempts.
func (e *NotFoundError) Unwrap() []error {
	all := []error{}
	if e.Cause != nil {
		all = append(all, e.Cause)
	}
	for _, a := range e.Tried {
		all = append(all, a.Err)
	}
	return all
}

// String is the path and why it did not do. The system's messages often begin
// with the path themselves.
func (a Attempt) String() string {
	if a.Err == nil {
		return a.Path + ": loaded"
	}
	return a.Path + ": " + strings.TrimPrefix(a.Err.Error(), a.Path+": ")
}

// A SymbolError says that a library was loaded but lacks functions.
type SymbolError struct {
	Library string // the file
	Missing []string
}

// Error names the file and the functions, and ends with what to do.
func (e *SymbolError) Error() string {
	return fmt.Sprintf("%s lacks %s: it is no ROCm library, or of a version that is too old.\n%s",
		e.Library, strings.Join(e.Missing, ", "), remedy)
}
