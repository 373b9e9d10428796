// Package gguf reads and writes GGUF files: metadata and tensors in one
// container. The format is described in docs/gguf.md of the ggml repository.
// The package knows neither models nor tokenizers, and of tensor types only
// the sizes of their blocks.
//
// Files are untrusted. Everything in a header is checked before it is used,
// memory is never taken on a declared size alone, and an error names the file
// and the offset, key or tensor.
package gguf

import (
	"io"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/source"
)

// A File is an open GGUF file, or all parts of a split one. It may be used
// from many goroutines, except that nobody may use it once Close was called.
type File struct {
	Version  uint32    // of the format: 2 or 3
	Metadata *Metadata // of the first part, if the file is split
	Tensors  []*Tensor // of all parts, in the order of their descriptions

	brief  bool // long arrays are left out of Metadata
	byName map[string]*Tensor
	parts  source.List
}

// Open opens a GGUF file by its path, and the other parts if it is the first
// part of a split file. Only headers are read; tensor data are mapped into
// memory and read when they are used.
func Open(path string) (*File, error) { return open(path, false) }

// OpenHeaders is Open for those who look at many files: arrays of over 1,024
// elements, which are vocabularies, are checked and left out of Metadata.
func OpenHeaders(path string) (*File, error) { return open(path, true) }

func open(path string, brief bool) (*File, error) {
	first, err := openPart(path, brief)
	if err != nil {
		return nil, err
	}
	f, err := openSplit(path, first)
	if err != nil {
		first.Close()
		return nil, err
	}
	return f, nil
}

func openPart(path string, brief bool) (*File, error) {
	s, err := source.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := parse(s, brief)
	if err != nil {
		s.Close()
		return nil, err
	}
	return f, nil
}

// Read reads the header of a GGUF file of size bytes from r, which must stay
// readable while the File is in use. A split file has to be opened by path.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f, err := parse(source.FromReader(r, size), false)
	if err != nil {
		return nil, err
	}
	if n, err := f.splitCount(); err != nil {
		return nil, err
	} else if n > 1 {
		return nil, fileerr.New("", fileerr.NoOffset, keyName(keySplitCount), "one of %d parts, which can only be opened by path", n)
	}
	return f, nil
}

// Tensor finds a tensor by its name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	t, ok := f.byName[name]
	return t, ok
}

// Size is the number of bytes of all parts.
func (f *File) Size() int64 { return f.parts.Size() }

// Changed gives an error if a file changed on the disk since it was opened.
// Ask after loading. It can only tell for files opened by path.
func (f *File) Changed() error { return f.parts.Changed() }

// Close unmaps and closes the file. What Tensor.Bytes gave before is no
// longer valid. Closing twice is harmless.
func (f *File) Close() error { return f.parts.Close() }
