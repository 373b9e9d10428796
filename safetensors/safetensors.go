// Package safetensors reads and writes safetensors files, alone or as the
// shards of a Hugging Face folder. The format is described in the README of
// github.com/huggingface/safetensors. The package knows nothing of models.
//
// Files are untrusted. Everything in a header is checked before it is used,
// memory is never taken on a declared size alone, and an error names the file
// and the offset or tensor.
package safetensors

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/rocmforge/rocmforge/internal/source"
)

// The names of the files in a folder, as transformers writes them.
const (
	SingleName = "model.safetensors"
	IndexName  = "model.safetensors.index.json"
)

// A File is an open safetensors file, or all shards of a folder. It may be
// used from many goroutines, except that nobody may use it once Close was
// called.
type File struct {
	Metadata map[string]string // of all shards; free text, such as "format"
	Tensors  []*Tensor         // in the order of their data, shard after shard

	byName map[string]*Tensor
	parts  source.List
}

// Open opens a file, or a folder that has model.safetensors or, without it,
// model.safetensors.index.json and the shards that this names. Only headers
// are read; tensor data are mapped into memory and read when they are used.
func Open(path string) (*File, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return openPart(path)
	}
	single := filepath.Join(path, SingleName)
	if _, err := os.Lstat(single); err == nil {
		return openPart(single)
	}
	index := filepath.Join(path, IndexName)
	if _, err := os.Lstat(index); err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: errNoWeights}
	}
	return openShards(path, index)
}

var errNoWeights = errors.New("no " + SingleName + " and no " + IndexName + " in the folder")

func openPart(path string) (*File, error) {
	s, err := source.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := parse(s)
	if err != nil {
		s.Close()
		return nil, err
	}
	return f, nil
}

// Read reads the header of one file of size bytes from r, which must stay
// readable while the File is in use.
func Read(r io.ReaderAt, size int64) (*File, error) {
	return parse(source.FromReader(r, size))
}

// Tensor finds a tensor by its name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	t, ok := f.byName[name]
	return t, ok
}

// Size is the number of bytes of all shards.
func (f *File) Size() int64 { return f.parts.Size() }

// Changed gives an error if a file changed on the disk since it was opened.
// Ask after loading. It can only tell for files opened by path.
func (f *File) Changed() error { return f.parts.Changed() }

// Close unmaps and closes the file. What Tensor.Bytes gave before is no
// longer valid. Closing twice is harmless.
func (f *File) Close() error { return f.parts.Close() }
