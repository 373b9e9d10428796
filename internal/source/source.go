// Package source is where the bytes of a container come from: a file that is
// mapped, or a reader that the caller has. It knows no format.
package source

import (
	"errors"
	"io"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/internal/mmap"
)

// A Source is one file. It may be used from many goroutines, except that
// nobody may use it, or what Range gave, once Close was called.
type Source struct {
	io.ReaderAt // never through a mapping, so it gives errors and no faults
	name        string
	size        int64
	mapped      *mmap.File // nil if the reader is the caller's
	closed      atomic.Bool
}

var errClosed = errors.New("the file is closed")

// Open maps a file.
func Open(path string) (*Source, error) {
	m, err := mmap.Open(path)
	if err != nil {
		return nil, err
	}
	return &Source{ReaderAt: m, name: path, size: m.Size(), mapped: m}, nil
}

// FromReader takes size bytes from r. The caller keeps r open and closes it.
func FromReader(r io.ReaderAt, size int64) *Source {
	return &Source{ReaderAt: r, size: size}
}

// Name is the path, or empty if there is none.
func (s *Source) Name() string { return s.name }

// Size is the number of bytes.
func (s *Source) Size() int64 { return s.size }

// Section reads n bytes from off.
func (s *Source) Section(off, n int64) *io.SectionReader { return io.NewSectionReader(s, off, n) }

// Range gives n bytes from off, which must lie inside Size: of a mapped file
// the mapping itself, read-only, valid until Close, and only to be read
// inside mmap.Guard; of a reader a copy.
func (s *Source) Range(off, n int64) ([]byte, error) {
	if s.closed.Load() {
		return nil, errClosed
	}
	if s.mapped != nil {
		return s.mapped.Bytes()[off : off+n : off+n], nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(s.Section(off, n), b); err != nil {
		return nil, err
	}
	return b, nil
}

// Close unmaps and closes the file; it does nothing to a caller's reader.
// Closing twice is harmless.
func (s *Source) Close() error {
	s.closed.Store(true)
	if s.mapped == nil {
		return nil
	}
	return s.mapped.Close()
}

// A List is the files of one model.
type List []*Source

// Size is the number of bytes of all files.
func (l List) Size() int64 {
	var n int64
	for _, s := range l {
		n += s.size
	}
	return n
}

// Changed gives an error if a file changed on the disk since it was opened.
// It cannot tell for a caller's reader.
func (l List) Changed() error {
	for _, s := range l {
		if s.mapped == nil {
			continue
		}
		if err := s.mapped.Changed(); err != nil {
			return err
		}
	}
	return nil
}

// Close closes all files.
func (l List) Close() error {
	var errs []error
	for _, s := range l {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
