package safetensors

import (
	"fmt"
	"io"
	"math"
	"math/bits"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/internal/source"
)

// A Tensor is one tensor of a file: what it is, and where its data lie.
type Tensor struct {
	Name   string
	DType  DType
	Shape  []int64 // row-major, the row length last; empty for a scalar
	Offset int64   // of the data, from the start of the file that holds them
	Size   int64   // of the data, in bytes
	file   *source.Source
}

// Elements is the product of Shape.
func (t *Tensor) Elements() int64 { return t.Size / t.DType.Size() }

// Bytes is the tensor's data, little-endian. Of a mapped file it is the
// mapping itself: read-only, valid until the File is closed, and only to be
// read inside Guard. Of a file given to Read it is read into memory now.
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

// Reader reads the tensor's data from the file, never through a mapping, so
// it gives an error where a mapping would fault.
func (t *Tensor) Reader() *io.SectionReader {
	return t.file.Section(t.Offset, t.Size)
}

// String describes the tensor: name, type and shape.
func (t *Tensor) String() string {
	return fmt.Sprintf("%s %s %v", fileerr.Quote(t.Name), t.DType, t.Shape)
}

func (t *Tensor) fail(format string, args ...any) error {
	return fileerr.New(t.file.Name(), t.Offset, tensorName(t.Name), format, args...)
}

func tensorName(name string) string { return "tensor " + fileerr.Quote(name) }

// dataSize is the bytes of a tensor, in checked arithmetic.
func dataSize(t DType, shape []int64) (int64, error) {
	size := t.Size()
	if size == 0 {
		return 0, fmt.Errorf("element type %s is not known", fileerr.Quote(string(t)))
	}
	n := uint64(size)
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		}
		high, low := bits.Mul64(n, uint64(d))
		if high != 0 || low > math.MaxInt64 {
			return 0, fmt.Errorf("%s of shape %v has more bytes than 64 bits can count", t, shape)
		}
		n = low
	}
	return int64(n), nil
}
