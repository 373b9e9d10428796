package dl

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// A NotFoundError says that no library could be loaded, and why each file and
// folder that was tried did not do.
type NotFoundError struct {
	Library string // "libamdhip64"
	Tried   []Attempt
	Cause   error // ErrUnsupported, if nothing could be tried
}

// Error says why the libraries that are there did not load, or else in how many
// places there is none, and ends with what to do. Tried has all of it.
func (e *NotFoundError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Library, e.Cause)
	}
	var failed []string
	for _, a := range e.Tried {
		if a.there() || len(e.Tried) == 1 {
			failed = append(failed, a.String())
		}
	}
	if len(failed) > 0 {
		return fmt.Sprintf("%s could not be opened: %s. %s", e.Library, strings.Join(failed, "; "), remedy)
	}
	names, places := e.counts()
	return fmt.Sprintf("%s could not be opened: not found under any of %d names in %d places, which rocmforge doctor lists. %s", e.Library, names, places, remedy)
}

// counts is under how many names the system's loader looked, and in how many
// places the library was looked for: its own count as one.
func (e *NotFoundError) counts() (names, places int) {
	for _, a := range e.Tried {
		if filepath.Base(a.Path) == a.Path {
			names++
		} else {
			places++
		}
	}
	if names > 0 {
		places++
	}
	return names, places
}

// there says whether the attempt failed for another reason than that there is
// no such library. The loader's words name the file that it did not find, which
// may be another one that the library needs.
func (a Attempt) there() bool {
	switch {
	case a.Err == nil || errors.Is(a.Err, errNoFolder) || errors.Is(a.Err, errNotHere) || errors.Is(a.Err, fs.ErrNotExist):
		return false
	}
	text := a.Err.Error()
	missing := strings.Contains(text, "No such file") || strings.Contains(text, "no such file") || strings.Contains(text, "could not be found")
	return !(missing && (strings.HasPrefix(text, a.Path+":") || strings.Contains(text, " "+a.Path+":") || !strings.Contains(text, ".so")))
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
