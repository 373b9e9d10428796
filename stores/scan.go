package stores

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// Limits of what is looked at in one place.
const (
	maxEntries = 100_000 // files and folders
	maxModels  = 10_000
)

// A scan reads one place.
type scan struct {
	root    string // without links
	store   string
	left    int             // entries that may still be looked at
	visited map[string]bool // folders, without links
	seen    map[string]bool // files of all places that were walked, without links
	models  []Model
	err     error // why not all was read
}

// read fills in what is known of the place and gives its models.
func (p *Place) read(st store, seen map[string]bool) []Model {
	info, err := os.Stat(p.Path)
	if err != nil || !info.IsDir() {
		if p.Problem = err; errors.Is(err, fs.ErrNotExist) {
			p.Problem = nil
		} else if err == nil {
			p.Problem = errors.New("is a file; a folder was expected")
		}
		return nil
	}
	p.Exists = true
	s := &scan{store: st.name, left: maxEntries, visited: map[string]bool{}, seen: seen}
	if s.root, p.Problem = filepath.EvalSymlinks(p.Path); p.Problem != nil {
		return nil
	}
	st.scan(s)
	p.Problem = s.err
	return s.models
}

func (s *scan) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// add takes a model into the list.
func (s *scan) add(m Model) {
	if len(s.models) == maxModels {
		s.fail(fmt.Errorf("over %d models; the others are left out", maxModels))
		return
	}
	m.Store = s.store
	if m.Kind == "" {
		m.Kind = ModelKind
	}
	s.models = append(s.models, m)
}

// readDir lists a folder by name. What cannot be read is empty.
func (s *scan) readDir(dir string) []fs.DirEntry {
	f, err := os.Open(dir)
	if err != nil {
		s.fail(err)
		return nil
	}
	defer f.Close()
	if s.left <= 0 {
		return nil
	}
	list, err := f.ReadDir(s.left + 1)
	if err != nil && err != io.EOF {
		s.fail(err)
	}
	if len(list) > s.left {
		list = list[:s.left]
		s.fail(fmt.Errorf("over %d files and folders; the others are left out", maxEntries))
	}
	s.left -= len(list)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list
}

// missing says what to do where a file is not there.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("the file is missing: fetch the model again with the program that did so before")
	}
	return err
}

// inside follows a path's links to a regular file or folder in one of the
// folders, which have no links themselves.
func inside(path string, folders ...string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", missing(err)
	}
	for _, dir := range folders {
		if rel, err := filepath.Rel(dir, real); err == nil && filepath.IsLocal(rel) {
			return real, nil
		}
	}
	return "", fmt.Errorf("a link leads out of the store, to %s", fileerr.Quote(real))
}
