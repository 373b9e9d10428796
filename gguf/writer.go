package gguf

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/quant"
)

// A Writer writes one GGUF file of version 3: first all keys and tensor
// descriptions are given, then the tensors' data in the same order.
//
//	w, err := gguf.Create(path)
//	defer w.Close()
//	w.Set("general.architecture", "llama")
//	w.AddTensor("token_embd.weight", quant.F16, []int64{256, 4096})
//	w.WriteData("token_embd.weight", data) // any number of times
//	err = w.Finish()
//
// After an error all its methods give that error, so that it is enough to
// look at the last one.
type Writer struct {
	file    *safefile.Writer // nil if the caller gave an io.Writer
	out     *bufio.Writer
	name    string
	meta    Metadata
	tensors []*Tensor
	names   map[string]bool
	align   int64
	end     int64 // of the last tensor's data, padded, from the start of the data

	began   bool  // the header is written
	current int   // index of the tensor whose data come next
	written int64 // bytes of its data
	err     error
}

var errFinished = errors.New("gguf: the writer is finished or closed")

// Create starts a file that appears at path when Finish is called, complete.
func Create(path string) (*Writer, error) {
	file, err := safefile.Create(path)
	if err != nil {
		return nil, err
	}
	w := NewWriter(file)
	w.file, w.name = file, path
	return w, nil
}

// NewWriter starts a file that goes to out as it is written.
func NewWriter(out io.Writer) *Writer {
	return &Writer{
		out:   bufio.NewWriterSize(out, 1<<20),
		meta:  Metadata{values: map[string]any{}},
		names: map[string]bool{},
		align: defAlignment,
	}
}

func (w *Writer) fail(subject, format string, args ...any) error {
	if w.err == nil {
		w.err = fileerr.New(w.name, fileerr.NoOffset, subject, format, args...)
	}
	return w.err
}

// Set sets a key. The Go type of value decides the GGUF type, as beside the
// ValueType constants. A key that is already set keeps its place.
func (w *Writer) Set(key string, value any) error {
	switch {
	case w.err != nil:
		return w.err
	case w.began:
		return w.fail(keyName(key), "set after the first tensor data")
	case !isLabel(key, maxKeyBytes):
		return w.fail(keyName(key), "a key has from 1 to %d bytes of printable UTF-8", maxKeyBytes)
	}
	if err := checkValue(value, 0); err != nil {
		return w.fail(keyName(key), "%w", err)
	}
	if key == keyAlignment {
		if err := w.setAlignment(value); err != nil {
			return err
		}
	}
	if !w.meta.Has(key) {
		w.meta.keys = append(w.meta.keys, key)
	}
	w.meta.values[key] = value
	return nil
}

func (w *Writer) setAlignment(value any) error {
	a, ok := value.(uint32)
	switch {
	case !ok || !isAlignment(uint64(a)):
		return w.fail(keyName(keyAlignment), "found %s %v; an uint32 power of two from %d to %d is allowed", describe(value), value, minAlignment, maxAlignment)
	case len(w.tensors) > 0:
		return w.fail(keyName(keyAlignment), "set after the first tensor")
	}
	w.align = int64(a)
	return nil
}

// checkValue checks that a value is of the Go types that GGUF types have, and
// not past the limits that the reader puts on a value.
func checkValue(v any, nested int) error {
	t, _, ok := typeOf(v)
	if !ok {
		return fmt.Errorf("no GGUF type for Go's %T", v)
	}
	if nested == maxNesting && t == Array {
		return fmt.Errorf("arrays nested deeper than %d", maxNesting)
	}
	items, _ := v.([]any)
	for _, item := range items {
		if t, _, ok := typeOf(item); !ok || t != Array {
			return fmt.Errorf("an array of arrays holds a Go %T", item)
		}
		if err := checkValue(item, nested+1); err != nil {
			return err
		}
	}
	return nil
}

// AddTensor describes the next tensor. dims is in ggml's order, the row
// length first.
func (w *Writer) AddTensor(name string, t quant.Type, dims []int64) error {
	format, known := quant.Lookup(t)
	switch {
	case w.err != nil:
		return w.err
	case w.began:
		return w.fail(tensorName(name), "added after the first tensor data")
	case !isLabel(name, maxNameBytes):
		return w.fail(tensorName(name), "a name has from 1 to %d bytes of printable UTF-8", maxNameBytes)
	case w.names[name]:
		return w.fail(tensorName(name), "added twice")
	case !known:
		return w.fail(tensorName(name), "tensor type %d is not known", uint32(t))
	case len(dims) == 0 || len(dims) > maxDims || slices.Min(dims) < 1:
		return w.fail(tensorName(name), "dims %v; from 1 to %d of at least 1 are allowed", dims, maxDims)
	}
	size, err := dataSize(format, dims)
	if err == nil && size > math.MaxInt64-w.end-w.align {
		err = errors.New("all tensors have more bytes than 64 bits can count")
	}
	if err != nil {
		return w.fail(tensorName(name), "%w", err)
	}
	w.names[name] = true
	w.tensors = append(w.tensors, &Tensor{Name: name, Type: t, Dims: slices.Clone(dims), Offset: w.end, Size: size})
	w.end = alignUp(w.end+size, w.align)
	return nil
}

func alignUp(n, align int64) int64 { return (n + align - 1) &^ (align - 1) }

// WriteData appends to the data of the tensor called name, which must be the
// first one that is not complete. Nobody has to say when a tensor is.
func (w *Writer) WriteData(name string, data []byte) error {
	if w.err == nil && !w.began {
		w.header()
	}
	if w.err != nil {
		return w.err
	}
	if w.current == len(w.tensors) || w.tensors[w.current].Name != name {
		return w.fail(tensorName(name), "its data come out of order")
	}
	t := w.tensors[w.current]
	if left := t.Size - w.written; int64(len(data)) > left {
		return w.fail(tensorName(name), "%d bytes of data, and %d are left of %d", len(data), left, t.Size)
	}
	w.put(data)
	if w.written += int64(len(data)); w.written == t.Size {
		w.put(make([]byte, alignUp(t.Size, w.align)-t.Size))
		w.current, w.written = w.current+1, 0
	}
	return w.err
}

func (w *Writer) put(p []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(p)
	}
}

// Finish checks that all data were written, and puts a file that Create made
// under its name. The Writer is of no more use then.
func (w *Writer) Finish() error { return w.FinishChecked(nil) }

// FinishChecked is Finish; check, if it is not nil, reads the complete file
// before that has its name, and an error of it is one of the Writer.
func (w *Writer) FinishChecked(check func(path string) error) error {
	if w.err == nil && !w.began {
		w.header()
	}
	if w.err == nil && w.current < len(w.tensors) {
		t := w.tensors[w.current]
		w.fail(tensorName(t.Name), "%d bytes of data were written, and %d are needed", w.written, t.Size)
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err == nil && w.file != nil && check != nil {
		w.err = check(w.file.Name())
	}
	if w.err == nil && w.file != nil {
		w.err = w.file.Commit()
	}
	if w.err != nil {
		return errors.Join(w.err, w.Close())
	}
	w.err = errFinished
	return nil
}

// Close removes what Create began, unless Finish was called before. It may be
// called at any time, and twice.
func (w *Writer) Close() error {
	if w.err == nil {
		w.err = errFinished
	}
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

func isLabel(s string, most int) bool {
	return s != "" && len(s) <= most && isPrintable(s)
}
