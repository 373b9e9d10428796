// Package dl opens shared libraries at run time and calls their functions,
// without cgo. It knows where ROCm's libraries are installed, but none of
// their functions.
//
// On Linux and macOS it uses the system's dynamic linker through purego, on
// Windows the system's own calls. A program that imports this package on Linux
// therefore needs libc and its loader (ld-linux) at start, though it is built
// without a C compiler. The build tag nohip leaves all of that out; Open then
// answers ErrUnsupported, as it does on systems that purego cannot serve.
//
// A library stays loaded until the process ends: GPU run times start threads
// and exit handlers that don't survive being unloaded.
package dl

import (
	"errors"
	"reflect"
	"slices"
)

// ErrUnsupported is in the errors of Open where no library can be opened.
var ErrUnsupported = errors.New(unsupported)

// A Library is a shared library in this process. It may be used from many
// goroutines.
type Library struct {
	name   string
	path   string
	handle uintptr
	tried  []Attempt
}

// An Attempt is a file or a folder that was tried. Err is nil for the one that
// was loaded.
type Attempt struct {
	Path string
	Err  error
}

// Open loads the first library that a search finds. It gives a *NotFoundError
// if there is none.
func Open(s Search) (*Library, error) {
	if unsupported != "" {
		return nil, &NotFoundError{Library: s.Name, Cause: ErrUnsupported}
	}
	var tried []Attempt
	for _, c := range s.candidates() {
		if c.Err != nil {
			tried = append(tried, c)
			continue
		}
		handle, err := load(c.Path)
		tried = append(tried, Attempt{c.Path, err})
		if err == nil {
			return &Library{s.Name, loadedFrom(handle, c.Path), handle, tried}, nil
		}
	}
	return nil, &NotFoundError{Library: s.Name, Tried: tried}
}

// Path is the file that was loaded, as the system's loader names it, or the
// name that the loader was given where it doesn't tell.
func (l *Library) Path() string { return l.path }

// Tried lists what was tried, in order; the last one was loaded.
func (l *Library) Tried() []Attempt { return slices.Clone(l.tried) }

// Lookup gives the address of a function, or a *SymbolError.
func (l *Library) Lookup(name string) (uintptr, error) {
	p, err := symbol(l.handle, name)
	if err != nil || p == 0 {
		return 0, &SymbolError{Library: l.path, Missing: []string{name}}
	}
	return p, nil
}

// Bind looks a function up for every field of a struct of uintptrs: for the
// prefix "hip", the field Malloc is hipMalloc. A field with the tag
// `dl:"optional"` stays 0 if the library lacks its function. All others that
// are missing are listed in one *SymbolError.
func (l *Library) Bind(prefix string, to any) error {
	var missing []string
	v := reflect.ValueOf(to).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		p, err := l.Lookup(prefix + field.Name)
		if err != nil && field.Tag.Get("dl") != "optional" {
			missing = append(missing, prefix+field.Name)
		}
		v.Field(i).SetUint(uint64(p))
	}
	if len(missing) > 0 {
		return &SymbolError{Library: l.path, Missing: missing}
	}
	return nil
}
