package gguf

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/internal/source"
	"github.com/rocmforge/rocmforge/quant"
)

// A Tensor is one tensor of a file: what it is, and where its data lie.
type Tensor struct {
	Name   string
	Type   quant.Type
	Dims   []int64 // ggml's order: the row length first; 1 to 4, each at least 1
	Offset int64   // of the data, from the start of the file that holds them
	Size   int64   // of the data, in bytes
	file   *source.Source
}

// Elements is the product of Dims.
func (t *Tensor) Elements() int64 {
	n := int64(1)
	for _, d := range t.Dims {
		n *= d
	}
	return n
}

// Bytes is the tensor's data. Of a mapped file it is the mapping itself:
// read-only, valid until the File is closed, and only to be read inside Guard.
// Of a file given to Read it is read into memory now.
func (t *Tensor) Bytes() ([]byte, error) {
	b, err := t.file.Range(t.Offset, t.Size)
	if err != nil {
		return nil, t.fail("cannot read %d bytes: %w", t.Size, err)
	}
	return b, nil
}

// Guard runs f, which may read what Bytes gave: where somebody cuts the file
// short meanwhile, it returns an error, and the process lives on. Other panics of
// f go on. Goroutines that f starts need a Guard of their own.
func Guard(f func() error) error { return mmap.Guard(f) }

// Float32s decodes the tensor's numbers, Elements() of them in the file's order;
// dst is used if it has room for them. An error says that the type has no
// decoder, or that the file was cut short.
func (t *Tensor) Float32s(dst []float32) ([]float32, error) {
	f, ok := quant.Lookup(t.Type)
	if !ok || f.Decode == nil {
		return nil, t.fail("type %v cannot be decoded", t.Type)
	}
	n := t.Elements()
	if n > math.MaxInt32 {
		return nil, t.fail("%d numbers are too many at a time; read it in parts, through Reader", n)
	}
	b, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	dst = slices.Grow(dst[:0], int(n))[:n]
	return dst, Guard(func() error {
		f.Decode(dst, b)
		return nil
	})
}

// Reader reads the tensor's data from the file, never through a mapping, so
// it gives an error where a mapping would fault.
func (t *Tensor) Reader() *io.SectionReader {
	return t.file.Section(t.Offset, t.Size)
}

// String describes the tensor: name, type and dims.
func (t *Tensor) String() string {
	return fmt.Sprintf("%s %v %v", fileerr.Quote(t.Name), t.Type, t.Dims)
}

func (t *Tensor) fail(format string, args ...any) error {
	return fileerr.New(t.file.Name(), t.Offset, tensorName(t.Name), format, args...)
}

func tensorName(name string) string { return "tensor " + fileerr.Quote(name) }
