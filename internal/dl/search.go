package dl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Search says which library to open and where it may be: in Path only, if
// that is set; else in Dirs, where ROCM_PATH and HIP_PATH point to, where the
// system's loader looks, and where ROCm is usually installed, in this order.
type Search struct {
	Name string // "libamdhip64", for messages

	// Path is a file, or a folder with the library in it. A name without a
	// separator is given to the system's loader.
	Path string

	// Dirs are folders to look in before all others.
	Dirs []string

	// Files are names of the library, best first. Patterns (as in
	// filepath.Glob) count in folders, where the highest version that matches
	// comes first; the system's loader is not asked for them.
	Files []string
}

var (
	errNoFolder = errors.New("no such folder")
	errNotHere  = errors.New("the library is not in this folder")
)

// candidates lists the files to load, and with an error the folders that have
// none.
func (s Search) candidates() []Attempt {
	if s.Path != "" {
		info, err := os.Stat(s.Path)
		if err == nil && info.IsDir() {
			return s.inFolder(s.Path)
		}
		return []Attempt{{Path: s.Path}}
	}
	var out []Attempt
	seen := map[string]bool{}
	for _, dir := range slices.Concat(s.Dirs, places(os.Getenv)) {
		switch {
		case dir == byLoader:
			out = append(out, s.byLoader()...)
		case !seen[filepath.Clean(dir)]:
			seen[filepath.Clean(dir)] = true
			out = append(out, s.inFolder(dir)...)
		}
	}
	return out
}

// byLoader stands in a list of folders for those that the system's loader
// looks in: LD_LIBRARY_PATH, ld.so.conf and so on.
const byLoader = ""

func (s Search) byLoader() []Attempt {
	var out []Attempt
	for _, name := range s.Files {
		if !isPattern(name) {
			out = append(out, Attempt{Path: name})
		}
	}
	return out
}

// inFolder lists the library's files in a folder, or why there is none.
func (s Search) inFolder(dir string) []Attempt {
	var out []Attempt
	for _, name := range s.Files {
		for _, file := range matches(dir, name) {
			out = append(out, Attempt{Path: file})
		}
	}
	if len(out) > 0 {
		return out
	}
	switch _, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return []Attempt{{dir, errNoFolder}}
	case err != nil:
		return []Attempt{{dir, err}}
	}
	return []Attempt{{dir, fmt.Errorf("%w (%s)", errNotHere, strings.Join(s.Files, ", "))}}
}

func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// matches lists the files in a folder that a name or a pattern means, the
// highest version first. Patterns apply to the name only: the folder may
// contain brackets.
func matches(dir, name string) []string {
	if !isPattern(name) {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			return nil
		}
		return []string{path}
	}
	entries, _ := os.ReadDir(dir)
	var out []string
	for _, e := range entries {
		if ok, _ := filepath.Match(name, e.Name()); ok {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(out, newerFirst)
	return out
}

// newerFirst compares names by the numbers in them, so that rocm-6.10 comes
// before rocm-6.9, and then as text.
func newerFirst(a, b string) int {
	if c := slices.Compare(numbers(b), numbers(a)); c != 0 {
		return c
	}
	return strings.Compare(b, a)
}

func numbers(s string) []int {
	var out []int
	inside := false
	for _, r := range s {
		digit := '0' <= r && r <= '9'
		switch {
		case digit && !inside:
			out = append(out, int(r-'0'))
		case digit:
			last := &out[len(out)-1]
			*last = min(*last*10+int(r-'0'), 1<<30)
		}
		inside = digit
	}
	return out
}
